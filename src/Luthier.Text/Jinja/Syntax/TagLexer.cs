using System.Globalization;
using Luthier.Text.Jinja.Operations;

namespace Luthier.Text.Jinja.Syntax;

/// <summary>Reads what stands inside of blocks and print statements.</summary>
internal sealed class TagLexer
{
    private static readonly string[] LongOperators = ["**", "//", "==", "!=", ">=", "<="];

    private readonly string source;
    private readonly List<Token> tokens;
    private readonly List<int> lineStarts = [0];
    private readonly Stack<char> brackets = [];
    private int position;

    public TagLexer(string source, List<Token> tokens)
    {
        this.source = source;
        this.tokens = tokens;
        for (var i = source.IndexOf('\n', 0); i >= 0; i = source.IndexOf('\n', i + 1))
        {
            lineStarts.Add(i + 1);
        }
    }

    public Position PositionOf(int index)
    {
        var line = lineStarts.BinarySearch(index);
        line = line < 0 ? ~line - 1 : line;
        return new Position(line + 1, index - lineStarts[line] + 1);
    }

    /// <summary>Where the text goes on after a closing bracket, by the sign before it.</summary>
    public static int EndAfter(string source, int end, char sign, bool trimsLine) =>
        sign switch
        {
            '-' => PythonText.SkipSpace(source, end),
            '+' => end,
            _ => trimsLine && end < source.Length && source[end] == '\n' ? end + 1 : end,
        };

    /// <summary>Reads a tag after its opening bracket and sign, and returns where the text after it begins.</summary>
    public int Read(int open, int start, bool isBlock)
    {
        position = start;
        brackets.Clear();
        Add(isBlock ? TokenKind.BlockBegin : TokenKind.VariableBegin, "", open);
        while (position < source.Length)
        {
            if (brackets.Count == 0 && TryReadEnd(isBlock, out var end))
            {
                return end;
            }

            ReadToken();
        }

        throw Problem($"the tag is not closed; expected '{(isBlock ? "%}" : "}}")}'", open);
    }

    private bool TryReadEnd(bool isBlock, out int end)
    {
        // A print statement knows no '+' at its end: there it is an operator.
        var sign = source[position];
        var signed = sign == '-' || (sign == '+' && isBlock);
        end = position + (signed ? 1 : 0);
        if (string.CompareOrdinal(source, end, isBlock ? "%}" : "}}", 0, 2) != 0)
        {
            return false;
        }

        Add(isBlock ? TokenKind.BlockEnd : TokenKind.VariableEnd, "", position);
        end = EndAfter(source, end + 2, signed ? sign : '\0', trimsLine: isBlock);
        return true;
    }

    private void ReadToken()
    {
        var c = source[position];
        if (PythonText.IsSpace(c))
        {
            position = PythonText.SkipSpace(source, position);
        }
        else if (char.IsAsciiDigit(c))
        {
            ReadNumber();
        }
        else if (c is '"' or '\'')
        {
            ReadString(c);
        }
        else if (Characters.IsNameStart(c))
        {
            var end = position + 1;
            while (end < source.Length && Characters.IsNamePart(source[end]))
            {
                end++;
            }

            AddUpTo(end, TokenKind.Name);
        }
        else
        {
            ReadOperator(c);
        }
    }

    private void ReadNumber()
    {
        var start = position;
        var end = Digits(start);
        var isFloat = false;
        if (start == 0 || source[start - 1] != '.')
        {
            if (At(end) == '.' && char.IsAsciiDigit(At(end + 1)))
            {
                isFloat = true;
                end = Digits(end + 1);
            }

            var exponent = end + (At(end + 1) is '+' or '-' ? 2 : 1);
            if (At(end) is 'e' or 'E' && char.IsAsciiDigit(At(exponent)))
            {
                isFloat = true;
                end = Digits(exponent);
            }
        }

        if (isFloat)
        {
            var text = source[start..end].Replace("_", "", StringComparison.Ordinal);
            AddUpTo(end, TokenKind.Float, double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));
            return;
        }

        end = IntegerLiteral.End(source, start);
        var value =
            IntegerLiteral.Parse(source.AsSpan(start, end - start)) ?? throw Problem(IntegerLiteral.TooLong, start);
        AddUpTo(end, TokenKind.Integer, value);
    }

    /// <summary>The end of digits that single underscores may divide.</summary>
    private int Digits(int start)
    {
        var end = start;
        while (char.IsAsciiDigit(At(end)) || (At(end) == '_' && end > start && char.IsAsciiDigit(At(end + 1))))
        {
            end++;
        }

        return end;
    }

    private void ReadString(char quote)
    {
        var start = position;
        var end = start + 1;
        while (end < source.Length && source[end] != quote)
        {
            end += source[end] == '\\' ? 2 : 1;
        }

        if (end >= source.Length)
        {
            throw Problem("the string is not closed", start);
        }

        var value =
            StringLiteral.Unescape(source.AsSpan(start + 1, end - start - 1))
            ?? throw Problem("the string holds an escape that is not complete or names no character", start);
        Add(TokenKind.String, value, start);
        position = end + 1;
    }

    private void ReadOperator(char c)
    {
        foreach (var longOperator in LongOperators)
        {
            if (string.CompareOrdinal(source, position, longOperator, 0, 2) == 0)
            {
                AddUpTo(position + 2, TokenKind.Operator);
                return;
            }
        }

        if (!"+-/*%~[](){}><=.:|,;".Contains(c, StringComparison.Ordinal))
        {
            throw Problem($"unexpected character '{c}'", position);
        }

        Balance(c);
        AddUpTo(position + 1, TokenKind.Operator);
    }

    private void Balance(char c)
    {
        switch (c)
        {
            case '(':
                brackets.Push(')');
                break;
            case '[':
                brackets.Push(']');
                break;
            case '{':
                brackets.Push('}');
                break;
            case ')' or ']' or '}':
                if (!brackets.TryPop(out var expected))
                {
                    throw Problem($"unexpected '{c}'", position);
                }

                if (expected != c)
                {
                    throw Problem($"unexpected '{c}'; expected '{expected}'", position);
                }

                break;
        }
    }

    private char At(int index) => index < source.Length ? source[index] : '\0';

    private void AddUpTo(int end, TokenKind kind, object? value = null)
    {
        tokens.Add(new Token(kind, source[position..end], PositionOf(position), value));
        position = end;
    }

    private void Add(TokenKind kind, string text, int place) => tokens.Add(new Token(kind, text, PositionOf(place)));

    private JinjaException Problem(string problem, int place) => new(JinjaErrorKind.Syntax, problem, PositionOf(place));
}
