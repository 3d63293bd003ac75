using System.Globalization;
using System.Text;
using Luthier.Text.Unicode;

namespace Luthier.Text.Splitting.Expressions;

/// <summary>Reads the parts of an expression in Oniguruma's syntax: characters, escapes and classes.</summary>
internal sealed class ExpressionReader(string expression)
{
    private const int MaximumNesting = 50;
    private int nesting;

    public int Position { get; set; }

    public bool AtEnd => Position >= expression.Length;

    public char Current => expression[Position];

    public bool TryRead(string text)
    {
        if (string.CompareOrdinal(expression, Position, text, 0, text.Length) != 0)
        {
            return false;
        }

        Position += text.Length;
        return true;
    }

    public ExpressionException Problem(string what) => new($"{what} at character {Position}");

    /// <summary>A character as it stands, surrogate pairs taken together.</summary>
    public int ReadCodePoint()
    {
        if (AtEnd)
        {
            throw Problem("a character is missing");
        }

        var status = Rune.DecodeFromUtf16(expression.AsSpan(Position), out var rune, out var length);
        Position += length;
        return status == System.Buffers.OperationStatus.Done ? rune.Value : throw Problem("half of a character");
    }

    /// <summary>The set that stands at the position, if one does: a class in brackets or an escape like \p{L} or \s.</summary>
    public bool TryReadSet(out CodePointSet set)
    {
        if (!AtEnd && Current == '[')
        {
            Position++;
            set = ReadClass();
            return true;
        }

        return TryReadEscapedSet(out set);
    }

    /// <summary>The character that an escape means, after its backslash.</summary>
    public int ReadEscapedCodePoint()
    {
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
            'x' when TryRead("{") => ReadHex(1, 8, closed: true),
            'x' => ReadHex(1, 2, closed: false),
            'u' => ReadHex(4, 4, closed: false),
            '0' => ReadOctal(),
            _ when c < 0x80 && char.IsAsciiLetterOrDigit((char)c) => throw Problem(
                $"the escape \\{(char)c} is not known"
            ),
            _ => c,
        };
    }

    private bool TryReadEscapedSet(out CodePointSet set)
    {
        set = CodePointSet.Empty;
        if (AtEnd || Current != '\\' || Position + 1 >= expression.Length)
        {
            return false;
        }

        var letter = expression[Position + 1];
        if (letter is 'p' or 'P')
        {
            Position += 2;
            set = ReadProperty(letter == 'P');
            return true;
        }

        var found = letter switch
        {
            's' or 'S' => UnicodeProperties.Space,
            'd' or 'D' => UnicodeProperties.Digit,
            'w' or 'W' => UnicodeProperties.Word,
            'h' or 'H' => UnicodeProperties.Find("xdigit"),
            _ => null,
        };
        if (found is null)
        {
            return false;
        }

        Position += 2;
        set = char.IsAsciiLetterUpper(letter) ? found.Complement() : found;
        return true;
    }

    private CodePointSet ReadProperty(bool negated)
    {
        string name;
        if (TryRead("{"))
        {
            var end = expression.IndexOf('}', Position);
            if (end < 0)
            {
                throw Problem("the property has no closing brace");
            }

            name = expression[Position..end];
            Position = end + 1;
        }
        else
        {
            name = char.ConvertFromUtf32(ReadCodePoint());
        }

        if (name.StartsWith('^'))
        {
            negated = !negated;
            name = name[1..];
        }

        var set = UnicodeProperties.Find(name) ?? throw Problem($"the property '{name}' is not known");
        return negated ? set.Complement() : set;
    }

    /// <summary>A class after its opening bracket, up to and including the closing one.</summary>
    private CodePointSet ReadClass()
    {
        if (++nesting > MaximumNesting)
        {
            throw Problem("classes are nested too deeply");
        }

        var negated = TryRead("^");
        var ranges = new List<(int Start, int End)>();
        CodePointSet? intersection = null;
        // A bracket that comes first stands for itself.
        if (TryRead("]"))
        {
            ranges.Add((']', ']'));
        }

        while (!TryRead("]"))
        {
            if (AtEnd)
            {
                throw Problem("the class has no closing bracket");
            }

            if (TryRead("&&"))
            {
                intersection = Intersect(intersection, ranges);
                ranges.Clear();
            }
            else if (TryReadPosixClass(out var set) || TryReadSet(out set))
            {
                ranges.AddRange(set.Ranges);
            }
            else
            {
                ranges.Add(ReadRange());
            }
        }

        nesting--;
        var result = Intersect(intersection, ranges);
        return negated ? result.Complement() : result;
    }

    private static CodePointSet Intersect(CodePointSet? left, List<(int Start, int End)> right)
    {
        var set = CodePointSet.FromRanges(right);
        return left is null ? set : left.Intersect(set);
    }

    private bool TryReadPosixClass(out CodePointSet set)
    {
        set = CodePointSet.Empty;
        if (string.CompareOrdinal(expression, Position, "[:", 0, 2) != 0)
        {
            return false;
        }

        var end = expression.IndexOf(":]", Position, StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        var name = expression[(Position + 2)..end];
        var negated = name.StartsWith('^');
        var found = UnicodeProperties.Find(name.TrimStart('^')) ?? throw Problem($"the class [:{name}:] is not known");
        Position = end + 2;
        set = negated ? found.Complement() : found;
        return true;
    }

    private (int Start, int End) ReadRange()
    {
        var start = ReadClassCharacter();
        var isRange =
            Position + 1 < expression.Length && Current == '-' && expression[Position + 1] is not (']' or '[');
        if (!isRange)
        {
            return (start, start);
        }

        var dash = Position++;
        if (TryReadEscapedSet(out _))
        {
            // As in [a-\s]: the dash stands for itself.
            Position = dash;
            return (start, start);
        }

        var end = ReadClassCharacter();
        return end >= start ? (start, end) : throw Problem("a range runs backwards");
    }

    private int ReadClassCharacter()
    {
        if (!TryRead("\\"))
        {
            return ReadCodePoint();
        }

        return TryRead("b") ? '\b' : ReadEscapedCodePoint();
    }

    private int ReadHex(int minimum, int maximum, bool closed)
    {
        var start = Position;
        while (!AtEnd && Position - start < maximum && char.IsAsciiHexDigit(Current))
        {
            Position++;
        }

        if (
            Position - start < minimum
            || !uint.TryParse(
                expression.AsSpan(start, Position - start),
                NumberStyles.HexNumber,
                CultureInfo.InvariantCulture,
                out var value
            )
            || !Rune.IsValid(value)
            || (closed && !TryRead("}"))
        )
        {
            throw Problem("the number of a character is not valid");
        }

        return (int)value;
    }

    private int ReadOctal()
    {
        var value = 0;
        for (var left = 2; left > 0 && !AtEnd && Current is >= '0' and <= '7'; left--)
        {
            value = (value * 8) + (Current - '0');
            Position++;
        }

        return value;
    }
}
