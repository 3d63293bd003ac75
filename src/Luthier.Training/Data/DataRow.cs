namespace Luthier.Training.Data;

/// <summary>One row of a data file, before any tokenizing.</summary>
/// <param name="Where">File and line, to begin an error's sentence with.</param>
internal abstract record DataRow(string Where);

/// <summary>An instruction with an optional input, and the answer wanted.</summary>
internal sealed record InstructionRow(string Where, string Instruction, string Input, string Output) : DataRow(Where);

/// <summary>Messages in order; at least one is the assistant's.</summary>
internal sealed record ConversationRow(string Where, IReadOnlyList<ChatMessage> Messages) : DataRow(Where);

/// <summary>Text to be learned as it stands.</summary>
internal sealed record TextRow(string Where, string Text) : DataRow(Where);

/// <summary>Token ids and, for each, the label of Transformers: itself, or −100 where it is not learned.</summary>
internal sealed record TokenRow(string Where, TokenSequence Sequence) : DataRow(Where);

/// <summary>Who speaks in a conversation.</summary>
internal enum ChatRole
{
    System = 0,
    User,
    Assistant,
}

internal readonly record struct ChatMessage(ChatRole Role, string Content);
