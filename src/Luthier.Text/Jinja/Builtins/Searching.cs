using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Looks for strings in strings, between the start and end that the second and third argument give.</summary>
internal static class Searching
{
    public static object HasEdge(BoundArguments arguments, string text, bool atEnd)
    {
        var edges = arguments[0] is TupleValue tuple ? tuple.Items : [arguments[0]];
        var (start, end) = Window(arguments, text);
        foreach (var edge in edges)
        {
            if (!Texts.TryGet(edge, out var sought))
            {
                throw arguments.Wrong(0, "a string or a tuple of strings");
            }

            var window = start > end ? default : text.AsSpan(start, end - start);
            if (start <= end && (atEnd ? window.EndsWith(sought) : window.StartsWith(sought)))
            {
                return true;
            }
        }

        return false;
    }

    public static object Find(BoundArguments arguments, string text, bool fromEnd)
    {
        var sought = arguments.Text(0);
        Texts.CountSearch(arguments.Context, text, sought);
        var (start, end) = Window(arguments, text);
        if (start > end)
        {
            return -1L;
        }

        var window = text.AsSpan(start, end - start);
        var at = fromEnd ? window.LastIndexOf(sought) : window.IndexOf(sought);
        return at < 0 ? -1L : (long)PythonText.IndexOf(text, start + at);
    }

    public static object Index(BoundArguments arguments, string text, bool fromEnd) =>
        Find(arguments, text, fromEnd) is >= 0L and var index ? index : throw Errors.Value("substring not found");

    public static object Count(BoundArguments arguments, string text)
    {
        var sought = arguments.Text(0);
        Texts.CountSearch(arguments.Context, text, sought);
        var (start, end) = Window(arguments, text);
        if (start > end)
        {
            return 0L;
        }

        var window = text.AsSpan(start, end - start);
        return sought.Length == 0 ? (long)PythonText.Length(window.ToString()) + 1 : window.Count(sought);
    }

    /// <summary>UTF-16 offsets; the start may lie behind the end, where nothing is found, not even nothing.</summary>
    private static (int Start, int End) Window(BoundArguments arguments, string text)
    {
        if (!arguments.HasValue(1) && !arguments.HasValue(2))
        {
            return (0, text.Length);
        }

        arguments.Context.Scan(text.Length);
        var length = PythonText.Length(text);
        var start = arguments.HasValue(1) ? arguments.Integer(1, 0) : 0;
        if (start > length)
        {
            return (1, 0);
        }

        var bounds = SliceBounds.Of((long)start, arguments[2], null, length);
        return (PythonText.OffsetOf(text, bounds.Start), PythonText.OffsetOf(text, bounds.Stop));
    }
}
