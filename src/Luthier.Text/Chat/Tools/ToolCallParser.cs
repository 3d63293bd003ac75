using System.Security.Cryptography;

namespace Luthier.Text.Chat.Tools;

/// <summary>Finds the calls in what a model writes; how they look there is a matter of the model.</summary>
public abstract class ToolCallParser
{
    private const string IdCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private const int IdLength = 24;

    /// <summary>The parsers that there are.</summary>
    public static IReadOnlyList<ToolCallParser> All { get; } = [new HermesToolCallParser(), new Llama3ToolCallParser()];

    /// <summary>The name by which it is chosen, which is vLLM's.</summary>
    public abstract string Name { get; }

    /// <summary>The parser of a name, or null.</summary>
    public static ToolCallParser? Find(string name) =>
        All.FirstOrDefault(parser => string.Equals(parser.Name, name, StringComparison.Ordinal));

    /// <summary>The parser of the calls that a template asks the model for, or null where none is known.</summary>
    public static ToolCallParser? Detect(ChatTemplate template) =>
        All.FirstOrDefault(parser => parser.IsAskedFor(template.Text(withTools: true)));

    /// <summary>
    /// Begins to read a reply that comes in pieces. Arguments go out while they come in: where they break off, or turn out
    /// to be no JSON, the call stays as it is.
    /// </summary>
    /// <param name="newId">Makes the ids of calls; random ones where null.</param>
    public ToolCallReader Start(Func<string>? newId = null) => CreateReader(newId ?? NewId, holdsCalls: false);

    /// <summary>Reads a whole reply. What looks like a call but is none, or is not complete, is part of the text.</summary>
    /// <inheritdoc cref="Start"/>
    public ToolReply Parse(string text, Func<string>? newId = null)
    {
        var reader = CreateReader(newId ?? NewId, holdsCalls: true);
        return ToolReply.Of([.. reader.Push(text), .. reader.End()]);
    }

    private protected abstract ToolCallReader CreateReader(Func<string> newId, bool holdsCalls);

    /// <summary>Whether a template tells the model to write calls in this way.</summary>
    private protected abstract bool IsAskedFor(string template);

    private static string NewId() => "call_" + RandomNumberGenerator.GetString(IdCharacters, IdLength);
}
