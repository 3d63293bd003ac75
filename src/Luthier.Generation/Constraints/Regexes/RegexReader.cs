using System.Globalization;
using System.Text;
using Luthier.Text.Unicode;

namespace Luthier.Generation.Constraints.Regexes;

/// <summary>Reads characters, escapes and classes of a regex, or of what has them from regexes.</summary>
/// <param name="kind">What it is called in messages.</param>
internal sealed class RegexReader(string pattern, string kind = "regex")
{
    private static readonly CodePointSet Digits = Ranges(('0', '9'));
    private static readonly CodePointSet WordCharacters = Ranges(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));
    private static readonly CodePointSet Spaces = Ranges(('\t', '\r'), (' ', ' '));

    public int Position { get; set; }

    public bool AtEnd => Position >= pattern.Length;

    public char Current => pattern[Position];

    /// <summary>Whether characters come next; takes them.</summary>
    public bool TryRead(string text)
    {
        if (string.CompareOrdinal(pattern, Position, text, 0, text.Length) != 0)
        {
            return false;
        }

        Position += text.Length;
        return true;
    }

    /// <summary>A complaint with the place.</summary>
    public InvalidConstraintException Problem(string what, int? position = null) =>
        new($"the {kind} has {what} at character {position ?? Position}");

    /// <summary>A character as it stands, surrogate pairs taken together.</summary>
    public int ReadCodePoint()
    {
        var status = Rune.DecodeFromUtf16(pattern.AsSpan(Position), out var rune, out var length);
        if (status != System.Buffers.OperationStatus.Done)
        {
            throw Problem(AtEnd ? "an end, expected a character," : "half of a character, expected a whole one,");
        }

        Position += length;
        return rune.Value;
    }

    /// <summary>The set of an escape such as \d or \p{L}, if one comes next.</summary>
    public CodePointSet? TryReadEscapedSet()
    {
        if (AtEnd || Current != '\\' || Position + 1 >= pattern.Length)
        {
            return null;
        }

        var letter = pattern[Position + 1];
        if (letter is 'p' or 'P')
        {
            Position += 2;
            return ReadProperty(letter == 'P');
        }

        var set = char.ToLowerInvariant(letter) switch
        {
            'd' => Digits,
            'w' => WordCharacters,
            's' => Spaces,
            _ => null,
        };
        if (set is null)
        {
            return null;
        }

        Position += 2;
        return char.IsAsciiLetterUpper(letter) ? set.Complement() : set;
    }

    /// <summary>The character that an escape stands for, after its backslash.</summary>
    public int ReadEscapedCodePoint()
    {
        var start = Position - 1;
        if (AtEnd)
        {
            throw Problem("a backslash without a character after it, expected one,", start);
        }

        var c = ReadCodePoint();
        return c switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\f',
            'v' => '\v',
            'a' => '\a',
            'e' => '\e',
            '0' => '\0',
            'c' when !AtEnd && char.IsAsciiLetter(Current) => pattern[Position++] & 0x1F,
            'x' when TryRead("{") => ReadHex(1, 6, closed: true, start),
            'x' => ReadHex(2, 2, closed: false, start),
            'u' when TryRead("{") => ReadHex(1, 6, closed: true, start),
            'u' => ReadUnit(start),
            _ when c < 0x80 && char.IsAsciiLetterOrDigit((char)c) => throw Problem(
                $"the unknown escape \\{(char)c}, expected one such as \\d, \\w, \\s, \\n, \\u0041 or \\p{{L}},",
                start
            ),
            _ => c,
        };
    }

    /// <summary>A class after its opening bracket, up to and including the closing one.</summary>
    public CodePointSet ReadClass()
    {
        var start = Position - 1;
        var isNegated = TryRead("^");
        var ranges = new List<(int Start, int End)>();
        for (var isFirst = true; isFirst || AtEnd || Current != ']'; isFirst = false)
        {
            if (AtEnd)
            {
                throw Problem("a class without an end, expected ],", start);
            }

            if (TryReadEscapedSet() is { } set)
            {
                ranges.AddRange(set.Ranges);
            }
            else
            {
                ranges.Add(ReadRange());
            }
        }

        Position++;
        var members = CodePointSet.FromRanges(ranges);
        return isNegated ? members.Complement() : members;
    }

    /// <summary>A quantifier, if one comes next: at least and at most so many times.</summary>
    public (int Least, int? Most)? TryReadQuantifier() =>
        TryRead("*") ? (0, null)
        : TryRead("+") ? (1, null)
        : TryRead("?") ? (0, 1)
        : TryReadBounds();

    /// <summary>Bounds such as {2}, {2,}, {,3} or {2,3}, if they come next; other braces stand for themselves.</summary>
    public (int Least, int? Most)? TryReadBounds()
    {
        var start = Position;
        if (!TryRead("{"))
        {
            return null;
        }

        var least = ReadNumber();
        var hasComma = TryRead(",");
        var most = hasComma ? ReadNumber() : least;
        if (!TryRead("}") || (least is null && most is null))
        {
            Position = start;
            return null;
        }

        if (Math.Max(least ?? 0, most ?? 0) > ConstraintLimits.Repetitions)
        {
            throw Problem($"a repetition that is too large, expected at most {ConstraintLimits.Repetitions},", start);
        }

        return least <= most || most is null || least is null
            ? (least ?? 0, most)
            : throw Problem("bounds of a repetition in the wrong order", start);
    }

    private int? ReadNumber()
    {
        int? number = null;
        for (; !AtEnd && char.IsAsciiDigit(Current); Position++)
        {
            // What is too large stays too large.
            number = Math.Min(((number ?? 0) * 10) + (Current - '0'), ConstraintLimits.Repetitions + 1);
        }

        return number;
    }

    private (int Start, int End) ReadRange()
    {
        var place = Position;
        var start = ReadClassCharacter();
        if (Position + 1 >= pattern.Length || Current != '-' || pattern[Position + 1] == ']')
        {
            return (start, start);
        }

        var dash = Position++;
        if (TryReadEscapedSet() is not null)
        {
            // As in [a-\s]: the dash stands for itself.
            Position = dash;
            return (start, start);
        }

        var end = ReadClassCharacter();
        return end >= start ? (start, end) : throw Problem("a range that runs backwards", place);
    }

    private int ReadClassCharacter() =>
        !TryRead("\\") ? ReadCodePoint()
        : TryRead("b") ? '\b'
        : ReadEscapedCodePoint();

    private CodePointSet ReadProperty(bool isNegated)
    {
        var start = Position - 2;
        var end = TryRead("{") ? pattern.IndexOf('}', Position) : -1;
        if (end < 0)
        {
            throw Problem("a property without braces, expected one such as \\p{L},", start);
        }

        var name = pattern[Position..end];
        Position = end + 1;
        var set =
            UnicodeProperties.Find(name)
            ?? throw Problem($"the unknown property '{name}', expected one such as L, Nd or Greek,", start);
        return isNegated ? set.Complement() : set;
    }

    // JSON and ECMAScript write characters beyond the first plane as two units.
    private int ReadUnit(int start)
    {
        var unit = ReadHex(4, 4, closed: false, start, isUnit: true);
        if (char.IsHighSurrogate((char)unit) && TryRead("\\u"))
        {
            var low = ReadHex(4, 4, closed: false, start, isUnit: true);
            return char.IsLowSurrogate((char)low)
                ? char.ConvertToUtf32((char)unit, (char)low)
                : throw Problem("half of a character, expected a whole one,", start);
        }

        return !char.IsSurrogate((char)unit)
            ? unit
            : throw Problem("half of a character, expected a whole one,", start);
    }

    private int ReadHex(int least, int most, bool closed, int start, bool isUnit = false)
    {
        var from = Position;
        while (!AtEnd && Position - from < most && char.IsAsciiHexDigit(Current))
        {
            Position++;
        }

        var digits = pattern.AsSpan(from, Position - from);
        if (
            digits.Length < least
            || !int.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value)
            || !(isUnit || Rune.IsValid(value))
            || (closed && !TryRead("}"))
        )
        {
            throw Problem("a number that is no character's, expected hexadecimal digits of one,", start);
        }

        return value;
    }

    private static CodePointSet Ranges(params (int, int)[] ranges) => CodePointSet.FromRanges(ranges);
}
