using Luthier.Text.Chat.Tools;

namespace Luthier.Serving.Chat.Tools;

/// <summary>Finds text and calls in what the model writes, as it comes. One per text.</summary>
internal abstract class ReplyReader
{
    /// <summary>Takes more of what the model writes.</summary>
    /// <param name="text">What came.</param>
    /// <param name="isEnd">Whether it is the last.</param>
    /// <returns>What is certain now.</returns>
    public abstract IReadOnlyList<ReplyPart> Read(string text, bool isEnd);

    /// <summary>Reads all that the model wrote.</summary>
    public virtual ToolReply ReadWhole(string text) => ToolReply.Of(Read(text, isEnd: true));

    protected static string NewId() => $"call_{Guid.NewGuid():N}";
}

/// <summary>There are no calls.</summary>
internal sealed class PlainReader : ReplyReader
{
    public override IReadOnlyList<ReplyPart> Read(string text, bool isEnd) =>
        text.Length > 0 ? [new ContentPart(text)] : [];
}

/// <summary>All text is the arguments of one function.</summary>
internal sealed class NamedCallReader(string name) : ReplyReader
{
    private bool isBegun;

    public override IReadOnlyList<ReplyPart> Read(string text, bool isEnd)
    {
        var parts = new List<ReplyPart>();
        if (!isBegun)
        {
            parts.Add(new ToolCallPart(0, NewId(), name, ""));
            isBegun = true;
        }

        if (text.Length > 0)
        {
            parts.Add(new ToolCallPart(0, Id: null, Name: null, text));
        }

        return parts;
    }
}

/// <summary>The model writes calls in its own way, or none.</summary>
internal sealed class ParsedCallReader(ToolCallParser parser) : ReplyReader
{
    private readonly ToolCallReader reader = parser.Start();

    public override IReadOnlyList<ReplyPart> Read(string text, bool isEnd) =>
        isEnd ? [.. reader.Push(text), .. reader.End()] : reader.Push(text);

    // What turns out to be no call is text, which a stream can't take back.
    public override ToolReply ReadWhole(string text) => parser.Parse(text);
}
