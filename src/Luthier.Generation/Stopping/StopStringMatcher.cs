namespace Luthier.Generation.Stopping;

/// <summary>
/// Finds the first stop string in a text that comes in pieces, and holds back what may become one. Where the pieces are
/// cut makes no difference. One per sequence.
/// </summary>
/// <remarks>
/// The first is the one whose end comes first, and of several that end together the longest. Without stop strings it
/// passes pieces on as they are.
/// </remarks>
public sealed class StopStringMatcher
{
    private readonly Pattern[] patterns;
    private readonly bool include;
    private string held = "";

    /// <param name="stopStrings">None is empty.</param>
    /// <param name="include">Whether the stop string is part of the text.</param>
    public StopStringMatcher(IReadOnlyList<string> stopStrings, bool include)
    {
        patterns = [.. stopStrings.Select(text => new Pattern(text))];
        this.include = include;
    }

    /// <summary>The stop string that ended the text; null: it goes on.</summary>
    public string? Matched { get; private set; }

    /// <summary>Takes more of the text and returns what is certain to be part of it; nothing once it ended.</summary>
    /// <param name="mayStop">False: stop strings that end in this piece are part of the text.</param>
    public string Push(string piece, bool mayStop = true)
    {
        if (Matched is not null)
        {
            return "";
        }

        if (patterns.Length == 0 || piece.Length == 0)
        {
            return piece;
        }

        for (var i = 0; i < piece.Length; i++)
        {
            if (Step(piece[i]) is { } found && mayStop)
            {
                Matched = found.Text;
                var length = held.Length + i + 1 - (include ? 0 : found.Text.Length);
                var text = string.Concat(held, piece)[..length];
                held = "";
                return text;
            }
        }

        return HoldBack(piece);
    }

    /// <summary>Ends the text and returns what was held back.</summary>
    public string Flush()
    {
        var rest = held;
        held = "";
        return rest;
    }

    /// <summary>Takes a character and returns the longest pattern that ends with it, if any does.</summary>
    private Pattern? Step(char next)
    {
        Pattern? found = null;
        foreach (var pattern in patterns)
        {
            if (pattern.Step(next) && pattern.Text.Length > (found?.Text.Length ?? 0))
            {
                found = pattern;
            }
        }

        return found;
    }

    private string HoldBack(string piece)
    {
        var count = 0;
        foreach (var pattern in patterns)
        {
            count = Math.Max(count, pattern.Length);
        }

        if (count == 0 && held.Length == 0)
        {
            return piece;
        }

        var all = string.Concat(held, piece);
        held = all[^count..];
        return all[..^count];
    }

    /// <summary>A stop string and how much of it the text ends with (Knuth, Morris and Pratt).</summary>
    private sealed class Pattern
    {
        // By length of a start of the string: the longest shorter start that it ends with.
        private readonly int[] shorter;

        public Pattern(string text)
        {
            Text = text;
            shorter = new int[text.Length + 1];
            for (int i = 1, length = 0; i < text.Length; i++)
            {
                length = Next(length, text[i]);
                shorter[i + 1] = length;
            }
        }

        public string Text { get; }

        /// <summary>So many characters of the text's end are the start of the string, but not all of it.</summary>
        public int Length { get; private set; }

        /// <summary>Takes a character; whether the text ends with the string.</summary>
        public bool Step(char next)
        {
            Length = Next(Length, next);
            if (Length < Text.Length)
            {
                return false;
            }

            Length = shorter[Length];
            return true;
        }

        private int Next(int length, char next)
        {
            while (length > 0 && Text[length] != next)
            {
                length = shorter[length];
            }

            return Text[length] == next ? length + 1 : 0;
        }
    }
}
