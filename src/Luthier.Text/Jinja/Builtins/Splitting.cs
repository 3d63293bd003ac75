using System.Buffers;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Cuts strings into parts.</summary>
internal static class Splitting
{
    private static readonly SearchValues<char> LineEnds = SearchValues.Create(
        "\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029"
    );

    /// <summary><c>split(sep, maxsplit)</c>: at a separator, or at runs of white space without empty parts.</summary>
    public static ListValue Split(BoundArguments arguments, string text, bool fromEnd)
    {
        var most = arguments.Integer(1, -1);
        most = most < 0 ? int.MaxValue : most;
        if (!arguments.HasValue(0))
        {
            arguments.Context.Scan(text.Length);
            return Make(arguments.Context, fromEnd ? WordsFromEnd(text, most) : Words(text, most));
        }

        var separator = Separator(arguments);
        Texts.CountSearch(arguments.Context, text, separator);
        return Make(arguments.Context, fromEnd ? PartsFromEnd(text, separator, most) : Parts(text, separator, most));
    }

    public static TupleValue Partition(BoundArguments arguments, string text, bool fromEnd)
    {
        var separator = Separator(arguments);
        Texts.CountSearch(arguments.Context, text, separator);
        arguments.Context.Allocate(text.Length);
        var at = fromEnd
            ? text.LastIndexOf(separator, StringComparison.Ordinal)
            : text.IndexOf(separator, StringComparison.Ordinal);
        return at >= 0 ? new TupleValue([text[..at], separator, text[(at + separator.Length)..]])
            : fromEnd ? new TupleValue(["", "", text])
            : new TupleValue([text, "", ""]);
    }

    public static ListValue Lines(RenderContext context, string text, bool keepEnds)
    {
        context.Scan(text.Length);
        return Make(context, Lines(text, keepEnds));
    }

    /// <summary>The lines of a text; more characters than line feeds end one.</summary>
    public static IEnumerable<string> Lines(string text, bool keepEnds = false)
    {
        for (var start = 0; start < text.Length; )
        {
            var end = text.AsSpan(start).IndexOfAny(LineEnds);
            end = end < 0 ? text.Length : start + end;
            var next = Math.Min(end + 1, text.Length);
            next += next < text.Length && text[end] == '\r' && text[next] == '\n' ? 1 : 0;
            yield return text[start..(keepEnds ? next : end)];
            start = next;
        }
    }

    private static string Separator(BoundArguments arguments) =>
        arguments.Text(0) is { Length: > 0 } separator ? separator : throw Errors.Value("empty separator");

    /// <summary>What stands between white space.</summary>
    public static IEnumerable<string> Words(string text, int most = int.MaxValue)
    {
        var start = PythonText.SkipSpace(text, 0);
        for (var count = 0; start < text.Length; count++)
        {
            if (count == most)
            {
                yield return text[start..];
                yield break;
            }

            var end = start;
            while (end < text.Length && !PythonText.IsSpace(text[end]))
            {
                end++;
            }

            yield return text[start..end];
            start = PythonText.SkipSpace(text, end);
        }
    }

    private static List<string> WordsFromEnd(string text, int most)
    {
        List<string> words = [];
        var end = PythonText.TrimEnd(text).Length;
        while (end > 0)
        {
            if (words.Count == most)
            {
                words.Add(text[..end]);
                break;
            }

            var start = end;
            while (start > 0 && !PythonText.IsSpace(text[start - 1]))
            {
                start--;
            }

            words.Add(text[start..end]);
            end = PythonText.TrimEnd(text.AsSpan(0, start)).Length;
        }

        words.Reverse();
        return words;
    }

    private static IEnumerable<string> Parts(string text, string separator, int most)
    {
        var start = 0;
        for (var count = 0; count < most; count++)
        {
            var end = text.IndexOf(separator, start, StringComparison.Ordinal);
            if (end < 0)
            {
                break;
            }

            yield return text[start..end];
            start = end + separator.Length;
        }

        yield return text[start..];
    }

    private static List<string> PartsFromEnd(string text, string separator, int most)
    {
        List<string> parts = [];
        var end = text.Length;
        while (parts.Count < most && text.AsSpan(0, end).LastIndexOf(separator) is >= 0 and var start)
        {
            parts.Add(text[(start + separator.Length)..end]);
            end = start;
        }

        parts.Add(text[..end]);
        parts.Reverse();
        return parts;
    }

    private static ListValue Make(RenderContext context, IEnumerable<string> parts)
    {
        List<object?> items = [];
        foreach (var part in parts)
        {
            context.Allocate(part.Length);
            context.AllocateItems(1);
            items.Add(part);
        }

        return new ListValue([.. items]);
    }
}
