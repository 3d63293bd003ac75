namespace Luthier.Text.Chat.Tools;

/// <summary>A piece of a model's reply, in the order in which it came.</summary>
public abstract record ReplyPart;

/// <summary>More of the text.</summary>
public sealed record ContentPart(string Text) : ReplyPart;

/// <summary>
/// More of a call. The first part of a call has its id and name and no arguments, those after it nothing but arguments.
/// </summary>
/// <param name="Index">Which call of the reply, from 0.</param>
/// <param name="Id">The id of the call, in its first part.</param>
/// <param name="Name">The function that is called, in the first part.</param>
/// <param name="Arguments">More of the arguments' JSON.</param>
public sealed record ToolCallPart(int Index, string? Id, string? Name, string Arguments) : ReplyPart;
