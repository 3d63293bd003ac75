using Luthier.Text.Jinja.Operations;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>A part of a line that is not broken if it can be helped.</summary>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Before this it ends.</param>
/// <param name="Length">Its characters.</param>
internal readonly record struct WordChunk(int Start, int End, int Length);

/// <summary>
/// Cuts a line where Python's <c>textwrap</c> may break it: around white space, after hyphens between letters, and around
/// dashes of two hyphens or more between words.
/// </summary>
internal sealed class WordChunks(string line, bool breaksHyphens)
{
    /// <summary>The end of the hyphens that were looked at last; they are looked at from each of their places.</summary>
    private int hyphensEnd;

    public IEnumerable<WordChunk> Read()
    {
        for (var start = 0; start < line.Length; )
        {
            var end =
                IsBreakingSpace(start) ? EndOfSpace(start)
                : breaksHyphens && start > 0 && IsDash(start) ? HyphensEnd(start)
                : EndOfWord(start);
            yield return new WordChunk(start, end, PythonText.Length(line[start..end]));
            start = end;
        }
    }

    private int EndOfWord(int start)
    {
        var end = start + 1;
        while (end < line.Length && !IsBreakingSpace(end))
        {
            if (breaksHyphens && IsHyphenInWord(end))
            {
                return end + 1;
            }

            if (breaksHyphens && IsDash(end))
            {
                return end;
            }

            end++;
        }

        return end;
    }

    private int EndOfSpace(int start)
    {
        while (IsBreakingSpace(start))
        {
            start++;
        }

        return start;
    }

    /// <summary>A hyphen after two letters, or a letter, a hyphen and a character; before two letters, or two with a hyphen between.</summary>
    private bool IsHyphenInWord(int index) =>
        line[index] == '-'
        && (
            (IsLetter(index - 2) && IsLetter(index - 1))
            || (IsLetter(index - 3) && At(index - 2) == '-' && IsWordOrMark(index - 1))
        )
        && IsLetter(index + 1)
        && (IsLetter(index + 2) || (At(index + 2) == '-' && IsLetter(index + 3)));

    /// <summary>Two hyphens or more, after a word and before another.</summary>
    private bool IsDash(int index)
    {
        if (line[index] != '-' || At(index + 1) != '-' || !IsWordOrMark(index - 1))
        {
            return false;
        }

        var end = HyphensEnd(index);
        return end < line.Length && Characters.IsWord(CodePoint(end));
    }

    private int HyphensEnd(int index)
    {
        if (index >= hyphensEnd)
        {
            hyphensEnd = index;
            while (At(hyphensEnd) == '-')
            {
                hyphensEnd++;
            }
        }

        return hyphensEnd;
    }

    private bool IsBreakingSpace(int index) => At(index) is ' ' or (>= '\t' and <= '\r');

    private bool IsWordOrMark(int index) =>
        At(index) is '!' or '"' or '\'' or '&' or '.' or ',' or '?'
        || (IsInside(index) && Characters.IsWord(CodePoint(index)));

    private bool IsLetter(int index) =>
        IsInside(index) && CodePoint(index) is var code && Characters.IsWord(code) && !Characters.IsDecimal(code);

    private bool IsInside(int index) => index >= 0 && index < line.Length;

    private char At(int index) => IsInside(index) ? line[index] : '\0';

    // At either half of a pair.
    private int CodePoint(int index) =>
        char.IsLowSurrogate(line[index]) && index > 0
            ? PythonText.CodePointAt(line, index - 1)
            : PythonText.CodePointAt(line, index);
}
