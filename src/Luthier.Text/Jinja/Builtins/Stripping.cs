using Luthier.Text.Jinja.Operations;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Takes characters off the ends of a string.</summary>
internal static class Stripping
{
    /// <param name="text">The string.</param>
    /// <param name="characters">What to take off, in any order; white space where null.</param>
    /// <param name="start">Whether at its start.</param>
    /// <param name="end">Whether at its end.</param>
    public static string Strip(string text, string? characters = null, bool start = true, bool end = true)
    {
        var stripped = characters is null ? null : CodePoints(characters);
        bool IsStripped(int offset) =>
            stripped?.Contains(PythonText.CodePointAt(text, offset)) ?? PythonText.IsSpace(text[offset]);

        var first = 0;
        var last = text.Length;
        while (start && first < last && IsStripped(first))
        {
            first += PythonText.UnitsAt(text, first);
        }

        while (end && last > first)
        {
            var previous = last - (last - first > 1 && char.IsSurrogatePair(text[last - 2], text[last - 1]) ? 2 : 1);
            if (!IsStripped(previous))
            {
                break;
            }

            last = previous;
        }

        return text[first..last];
    }

    public static string RemovePrefix(string text, string prefix) =>
        text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;

    public static string RemoveSuffix(string text, string suffix) =>
        text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text;

    private static HashSet<int> CodePoints(string text)
    {
        HashSet<int> codes = [];
        for (var offset = 0; offset < text.Length; offset += PythonText.UnitsAt(text, offset))
        {
            codes.Add(PythonText.CodePointAt(text, offset));
        }

        return codes;
    }
}
