namespace Luthier.Text.Splitting;

/// <summary>A pattern written by hand as a scanner, because a regular expression would be the slowest step of encoding.</summary>
internal abstract class ScanPattern : Pattern
{
    /// <summary>The length of the match at an index, or 0; never an empty match.</summary>
    public abstract int MatchAt(ReadOnlySpan<char> text, int index);

    public sealed override bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length)
    {
        for (start = from; start < text.Length; start++)
        {
            length = MatchAt(text, start);
            if (length > 0)
            {
                return true;
            }

            if (char.IsHighSurrogate(text[start]) && start + 1 < text.Length && char.IsLowSurrogate(text[start + 1]))
            {
                start++;
            }
        }

        length = 0;
        return false;
    }
}
