using System.Text;
using Luthier.Text.Jinja.Formatting;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Filters about text.</summary>
internal static class TextFilters
{
    /// <summary>A word begins after white space, a hyphen or an opening bracket.</summary>
    public static object Title(BoundArguments arguments)
    {
        var text = arguments.Printed(0);
        var result = new StringBuilder(text.Length);
        for (var start = 0; start < text.Length; )
        {
            var isBetween = IsBetweenWords(text[start]);
            var end = start;
            while (end < text.Length && IsBetweenWords(text[end]) == isBetween)
            {
                end++;
            }

            var first = PythonText.UnitsAt(text, start);
            result.Append(Casing.Upper(text.Substring(start, first)));
            result.Append(Casing.Lower(text[(start + first)..end]));
            start = end;
        }

        return arguments.Context.Made(result.ToString());
    }

    public static object Trim(BoundArguments arguments) =>
        Texts.Like(
            arguments[0],
            arguments.Context.Made(
                Stripping.Strip(arguments.Printed(0), arguments.HasValue(1) ? arguments.Text(1) : null)
            )
        );

    public static object Replace(BoundArguments arguments) =>
        Replacing.Replace(
            arguments.Context,
            arguments.Printed(0),
            arguments.Printed(1),
            arguments.Printed(2),
            arguments.HasValue(3) ? arguments.Integer(3, -1) : -1
        );

    /// <summary>Indents all lines but the first, or that too, and all that are empty, or those too.</summary>
    public static object Indent(BoundArguments arguments)
    {
        if (!Texts.TryGet(arguments[0], out var text))
        {
            throw arguments.Wrong(0, "a string");
        }

        var width = Texts.TryGet(arguments[1], out var given)
            ? given
            : Padding.Pad(arguments.Context, "", " ", Math.Max(0, arguments.Integer(1, 4)), 0);
        arguments.Context.Scan(text.Length);
        var result = new StringBuilder();
        var isFirst = true;
        foreach (var line in Splitting.Lines(text + "\n"))
        {
            var isIndented = isFirst ? arguments.Flag(2) : line.Length > 0 || arguments.Flag(3);
            var prefix = isIndented ? width : "";
            arguments.Context.Allocate(prefix.Length + line.Length + 1);
            result.Append(isFirst ? "" : "\n").Append(prefix).Append(line);
            isFirst = false;
        }

        return Texts.Like(arguments[0], result.ToString());
    }

    public static object Center(BoundArguments arguments) =>
        Texts.Like(
            arguments[0],
            Padding.Center(arguments.Context, arguments.Printed(0), arguments.Integer(1, 80), " ")
        );

    /// <summary>Cuts a text that is longer than a length and a tolerance, at a word if not told otherwise.</summary>
    public static object? Truncate(BoundArguments arguments)
    {
        var length = arguments.Integer(1, 255);
        var end = arguments.TextOr(3, "...");
        var leeway = arguments.HasValue(4) ? arguments.Integer(4, 5) : 5;
        var endLength = PythonText.Length(end);
        if (length < endLength || leeway < 0)
        {
            throw Errors.Value(
                leeway < 0 ? $"expected leeway >= 0, got {leeway}" : $"expected length >= {endLength}, got {length}"
            );
        }

        if (Iteration.Count(arguments.Context, arguments[0]) <= length + leeway)
        {
            return arguments[0];
        }

        var text = arguments.Text(0);
        var kept = text[..PythonText.OffsetOf(text, length - endLength)];
        if (!arguments.Flag(2) && kept.LastIndexOf(' ') is >= 0 and var space)
        {
            kept = kept[..space];
        }

        return arguments.Context.Made(kept + end);
    }

    public static object WordCount(BoundArguments arguments)
    {
        var text = arguments.Printed(0);
        arguments.Context.Scan(text.Length);
        var count = 0L;
        var isInside = false;
        for (var offset = 0; offset < text.Length; offset += PythonText.UnitsAt(text, offset))
        {
            var isWord = Characters.IsWord(PythonText.CodePointAt(text, offset));
            count += isWord && !isInside ? 1 : 0;
            isInside = isWord;
        }

        return count;
    }

    /// <summary>Percent formatting with the arguments, by place or by name.</summary>
    public static object? Format(RenderContext context, Arguments arguments)
    {
        if (arguments.Positional.Length > 1 && arguments.Named.Count > 0)
        {
            throw Errors.Type("can't handle positional and keyword arguments at the same time");
        }

        object values = new TupleValue(arguments.Positional[1..]);
        if (arguments.Named.Count > 0)
        {
            var dict = new DictValue();
            foreach (var (name, value) in arguments.Named)
            {
                dict.Set(name, value);
            }

            values = dict;
        }

        var format = arguments.Positional[0];
        return PercentFormat.Apply(
            context,
            Texts.TryGet(format, out _) ? format : Printing.Str(context, format),
            values
        );
    }

    public static object ToJson(BoundArguments arguments)
    {
        var indent = arguments[2] switch
        {
            null or Missing => null,
            _ when Texts.TryGet(arguments[2], out var text) => text,
            _ => Padding.Pad(arguments.Context, "", " ", Math.Max(0, arguments.Integer(2, 0)), 0),
        };
        var (item, key) = (indent is null ? ", " : ",", ": ");
        if (arguments.HasValue(3))
        {
            (item, key) = arguments[3] is SequenceValue { Items: [string first, string second] }
                ? (first, second)
                : throw arguments.Wrong(3, "two strings");
        }

        return new JsonFormat(
            arguments.Context,
            indent,
            item,
            key,
            ascii: arguments.Flag(1),
            sortKeys: arguments.Flag(4)
        ).Serialize(arguments[0]);
    }

    private static bool IsBetweenWords(char c) => c is '-' or '(' or '{' or '[' or '<' || PythonText.IsSpace(c);
}
