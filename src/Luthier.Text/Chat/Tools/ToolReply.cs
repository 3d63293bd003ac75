namespace Luthier.Text.Chat.Tools;

/// <summary>A call that a model asks for.</summary>
/// <param name="Id">An id of its own, for the result to refer to.</param>
/// <param name="Name">The function.</param>
/// <param name="Arguments">Its arguments as JSON, as the model wrote them.</param>
public sealed record ToolCall(string Id, string Name, string Arguments);

/// <summary>A whole reply.</summary>
/// <param name="Content">The text beside the calls; may be empty.</param>
/// <param name="Calls">The calls; may be none.</param>
public sealed record ToolReply(string Content, IReadOnlyList<ToolCall> Calls)
{
    /// <summary>Puts parts together.</summary>
    public static ToolReply Of(IEnumerable<ReplyPart> parts)
    {
        var content = new System.Text.StringBuilder();
        List<ToolCall> calls = [];
        foreach (var part in parts)
        {
            switch (part)
            {
                case ContentPart text:
                    content.Append(text.Text);
                    break;
                case ToolCallPart { Id: { } id, Name: { } name } first:
                    calls.Add(new ToolCall(id, name, first.Arguments));
                    break;
                case ToolCallPart more:
                    calls[more.Index] = calls[more.Index] with
                    {
                        Arguments = calls[more.Index].Arguments + more.Arguments,
                    };
                    break;
            }
        }

        return new ToolReply(content.ToString(), calls);
    }
}
