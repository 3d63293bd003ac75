using System.Text;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Fills strings up to a width, counted in characters.</summary>
internal static class Padding
{
    public static string Center(BoundArguments arguments, string text)
    {
        var width = arguments.Integer(0, 0);
        return Center(arguments.Context, text, width, Fill(arguments));
    }

    public static string Center(RenderContext context, string text, int width, string fill)
    {
        var missing = Math.Max(0, width - PythonText.Length(text));
        // Where the sides differ, Python puts the odd one to the left for odd widths.
        var left = (missing / 2) + (missing & width & 1);
        return Pad(context, text, fill, left, missing - left);
    }

    public static string Left(BoundArguments arguments, string text) =>
        Pad(arguments.Context, text, Fill(arguments), 0, Missing(arguments, text));

    public static string Right(BoundArguments arguments, string text) =>
        Pad(arguments.Context, text, Fill(arguments), Missing(arguments, text), 0);

    /// <summary>Zeros after the sign.</summary>
    public static string Zeros(BoundArguments arguments, string text)
    {
        var sign = text is ['+' or '-', ..] ? text[..1] : "";
        return sign + Pad(arguments.Context, text[sign.Length..], "0", Missing(arguments, text), 0);
    }

    public static string ExpandTabs(BoundArguments arguments, string text)
    {
        var size = Math.Max(0, arguments.Integer(0, 8));
        var result = new StringBuilder();
        var column = 0;
        foreach (var c in text)
        {
            if (c == '\t')
            {
                var spaces = size == 0 ? 0 : size - (column % size);
                arguments.Context.Allocate(spaces);
                result.Append(' ', spaces);
                column += spaces;
                continue;
            }

            result.Append(c);
            column =
                c is '\n' or '\r' ? 0
                : char.IsLowSurrogate(c) ? column
                : column + 1;
        }

        return arguments.Context.Made(result.ToString());
    }

    /// <summary>The text with so many fills on either side.</summary>
    public static string Pad(RenderContext context, string text, string fill, int left, int right)
    {
        if (left + right == 0)
        {
            return text;
        }

        context.Allocate(text.Length + (((long)left + right) * fill.Length));
        return new StringBuilder()
            .Insert(0, fill, left)
            .Append(text)
            .Insert((left * fill.Length) + text.Length, fill, right)
            .ToString();
    }

    private static int Missing(BoundArguments arguments, string text) =>
        Math.Max(0, arguments.Integer(0, 0) - PythonText.Length(text));

    private static string Fill(BoundArguments arguments)
    {
        var fill = arguments.TextOr(1, " ");
        return PythonText.Length(fill) == 1
            ? fill
            : throw Errors.Type("The fill character must be exactly one character long");
    }
}
