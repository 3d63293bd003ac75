namespace Luthier.Text.Jinja.Operations;

/// <summary>White space and characters as Python's strings have them: a character is a code point.</summary>
internal static class PythonText
{
    /// <summary>What <c>str.isspace</c> holds for; .NET leaves out U+001C to U+001F.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    public static int SkipSpace(ReadOnlySpan<char> text, int start)
    {
        while (start < text.Length && IsSpace(text[start]))
        {
            start++;
        }

        return start;
    }

    public static ReadOnlySpan<char> TrimEnd(ReadOnlySpan<char> text)
    {
        var end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }

    /// <summary>Whether each character is one UTF-16 unit, so that indices need no counting.</summary>
    public static bool IsBasic(ReadOnlySpan<char> text) => text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0;

    public static int Length(string text) => IsBasic(text) ? text.Length : CountPairs(text, text.Length);

    /// <summary>The index of a character from its UTF-16 offset.</summary>
    public static int IndexOf(string text, int offset) => IsBasic(text) ? offset : CountPairs(text, offset);

    /// <summary>The UTF-16 offset of a character from its index; the end for an index that is too large.</summary>
    public static int OffsetOf(string text, long index)
    {
        if (IsBasic(text))
        {
            return (int)Math.Min(index, text.Length);
        }

        var offset = 0;
        for (var i = 0L; i < index && offset < text.Length; i++)
        {
            offset += UnitsAt(text, offset);
        }

        return offset;
    }

    /// <summary>1, or 2 at a surrogate pair.</summary>
    public static int UnitsAt(ReadOnlySpan<char> text, int offset) =>
        offset + 1 < text.Length && char.IsSurrogatePair(text[offset], text[offset + 1]) ? 2 : 1;

    /// <summary>The code point at an offset; half of a pair that stands alone is its own value.</summary>
    public static int CodePointAt(ReadOnlySpan<char> text, int offset) =>
        UnitsAt(text, offset) == 2 ? char.ConvertToUtf32(text[offset], text[offset + 1]) : text[offset];

    /// <summary>The characters one by one.</summary>
    public static IEnumerable<string> Characters(string text)
    {
        for (var offset = 0; offset < text.Length; )
        {
            var units = UnitsAt(text, offset);
            yield return text.Substring(offset, units);
            offset += units;
        }
    }

    private static int CountPairs(string text, int end)
    {
        var count = 0;
        for (var offset = 0; offset < end; offset += UnitsAt(text, offset))
        {
            count++;
        }

        return count;
    }
}
