using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Chat;

/// <summary>
/// Makes a prompt end with its last message: (1) a tag is put at the end of that message, (2) the template rendered, and
/// (3) the text cut at the tag, as Transformers does it.
/// </summary>
internal static class FinalMessage
{
    /// <summary>The space at its end tells whether the template strips contents.</summary>
    private const string Tag = "CONTINUE_FINAL_MESSAGE_TAG ";

    private const string Field = "continue_final_message";

    /// <summary>Step (1).</summary>
    /// <exception cref="ChatInputException">There is nothing to go on with.</exception>
    public static void Mark(List<DictValue> messages)
    {
        if (messages is not [.., var last])
        {
            throw new ChatInputException(Field, "there is no message to continue");
        }

        last.TryGet("content", out var content);
        if (content is string text)
        {
            last.Set("content", text + Tag);
            return;
        }

        var part = (content as ListValue)?.Items.OfType<DictValue>().LastOrDefault(p => p.TryGet("text", out _));
        if (part is null || !part.TryGet("text", out var words) || words is not string ending)
        {
            throw new ChatInputException(Field, "the last message has no text to continue");
        }

        part.Set("text", ending + Tag);
    }

    /// <summary>Step (3).</summary>
    /// <exception cref="ChatInputException">The template left the message out, or cut its end off.</exception>
    public static string Cut(string rendered)
    {
        var end = rendered.LastIndexOf(Tag.TrimEnd(), StringComparison.Ordinal);
        if (end < 0)
        {
            throw new ChatInputException(Field, "the template does not keep the last message as it is");
        }

        var keepsSpace = string.CompareOrdinal(rendered, end, Tag, 0, Tag.Length) == 0;
        return keepsSpace ? rendered[..end] : PythonText.TrimEnd(rendered.AsSpan(0, end)).ToString();
    }
}
