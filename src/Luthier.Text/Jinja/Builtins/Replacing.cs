using System.Text;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Replaces strings in strings.</summary>
internal static class Replacing
{
    /// <param name="context">Counts what is made.</param>
    /// <param name="text">Where.</param>
    /// <param name="old">What; empty stands before each character and at the end.</param>
    /// <param name="replacement">By what.</param>
    /// <param name="most">How many times at most; negative for all.</param>
    public static string Replace(RenderContext context, string text, string old, string replacement, int most)
    {
        Texts.CountSearch(context, text, old);
        most = most < 0 ? int.MaxValue : most;
        if (old.Length == 0)
        {
            return Spread(context, text, replacement, most);
        }

        var count = Math.Min(text.AsSpan().Count(old), most);
        if (count == 0)
        {
            return text;
        }

        context.Allocate(text.Length + ((long)count * (replacement.Length - old.Length)));
        if (count < most)
        {
            return text.Replace(old, replacement, StringComparison.Ordinal);
        }

        var result = new StringBuilder();
        var start = 0;
        for (; count > 0; count--)
        {
            var at = text.IndexOf(old, start, StringComparison.Ordinal);
            result.Append(text, start, at - start).Append(replacement);
            start = at + old.Length;
        }

        return result.Append(text, start, text.Length - start).ToString();
    }

    private static string Spread(RenderContext context, string text, string replacement, int most)
    {
        var places = Math.Min(most, text.Length + 1);
        context.Allocate(text.Length + ((long)places * replacement.Length));
        var result = new StringBuilder();
        var offset = 0;
        for (var count = 0; count < places && offset <= text.Length; count++)
        {
            result.Append(replacement);
            if (offset == text.Length)
            {
                return result.ToString();
            }

            var units = PythonText.UnitsAt(text, offset);
            result.Append(text, offset, units);
            offset += units;
        }

        return result.Append(text, offset, text.Length - offset).ToString();
    }
}
