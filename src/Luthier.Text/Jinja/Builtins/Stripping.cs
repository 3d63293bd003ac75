using Luthier.Text.Jinja.Operations;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Takes characters off the ends of a string.</summary>
internal static class Stripping
{
    /// <param name="text">The string.</param>
    /// <param name="characters">What to take off, in any order.</param>
    /// <param name="start">Whether at its start.</param>
    /// <param name="end">Whether at its end.</param>
    /// <param name="hasCharacters">Otherwise white space is taken off.</param>
    public static string Strip(string text, string characters, bool start, bool end, bool hasCharacters)
    {
        var first = 0;
        var last = text.Length;
        while (start && first < last && IsStripped(text, first, characters, hasCharacters))
        {
            first += PythonText.UnitsAt(text, first);
        }

        while (end && last > first)
        {
            var previous = last - (last - first > 1 && char.IsSurrogatePair(text[last - 2], text[last - 1]) ? 2 : 1);
            if (!IsStripped(text, previous, characters, hasCharacters))
            {
                break;
            }

            last = previous;
        }

        return text[first..last];
    }

    public static string Strip(string text) => Strip(text, "", start: true, end: true, hasCharacters: false);

    public static string RemovePrefix(string text, string prefix) =>
        text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;

    public static string RemoveSuffix(string text, string suffix) =>
        text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text;

    private static bool IsStripped(string text, int offset, string characters, bool hasCharacters) =>
        hasCharacters
            ? characters.AsSpan().IndexOf(text.AsSpan(offset, PythonText.UnitsAt(text, offset))) >= 0
            : PythonText.IsSpace(text[offset]);
}
