namespace Luthier.Text.Chat.Tools;

/// <summary>What a character of JSON is.</summary>
internal enum JsonRole
{
    Space,

    /// <summary>A brace or bracket that opens.</summary>
    Open,

    /// <summary>A brace or bracket that closes.</summary>
    Close,

    /// <summary>A comma or colon.</summary>
    Separator,

    /// <summary>The quote at the beginning of a string.</summary>
    StringBegin,

    /// <summary>Part of a string.</summary>
    StringPart,

    /// <summary>The quote at the end of a string.</summary>
    StringEnd,

    /// <summary>Part of a number, or of true, false or null.</summary>
    Scalar,
}

/// <summary>Checks JSON character by character, and tells what each one is.</summary>
internal sealed class JsonValidator
{
    private const int MaximumDepth = 64;

    private readonly Stack<bool> objects = new();
    private State state = State.Value;
    private string literal = "";
    private int hexDigits;
    private int hexValue;

    private enum State
    {
        Value,

        /// <summary>A value, or the end of an empty list.</summary>
        FirstItem,

        /// <summary>A name, or the end of an empty object.</summary>
        FirstKey,
        Key,
        Colon,
        AfterValue,
        String,
        Escape,
        Hex,

        /// <summary>After a number's minus.</summary>
        Minus,

        /// <summary>After a number's leading zero, to which no digits may be added.</summary>
        Zero,
        Digits,
        Point,
        Fraction,
        Exponent,
        ExponentSign,
        ExponentDigits,

        /// <summary>Within true, false or null.</summary>
        Literal,
    }

    /// <summary>Lists and objects that are open.</summary>
    public int Depth => objects.Count;

    /// <summary>What the last character was.</summary>
    public JsonRole Role { get; private set; }

    /// <summary>Whether the string that the last character belongs to is the name of a member.</summary>
    public bool IsKey { get; private set; }

    /// <summary>The character of a string that the last one completed; none within an escape.</summary>
    public char? Decoded { get; private set; }

    /// <summary>Takes in a character; false where no JSON begins like this.</summary>
    public bool Read(char c)
    {
        Decoded = null;
        return state switch
        {
            State.String => ReadString(c),
            State.Escape => ReadEscape(c),
            State.Hex => ReadHex(c),
            State.Literal => ReadLiteral(c),
            >= State.Minus and <= State.ExponentDigits => ReadNumber(c),
            _ => ReadStructure(c),
        };
    }

    private bool ReadStructure(char c)
    {
        switch (c)
        {
            case ' ' or '\t' or '\n' or '\r':
                Role = JsonRole.Space;
                return true;
            case '}' when state == State.FirstKey:
            case ']' when state == State.FirstItem:
                return Close();
            case '}' when state == State.AfterValue && Depth > 0 && objects.Peek():
            case ']' when state == State.AfterValue && Depth > 0 && !objects.Peek():
                return Close();
            case ',' when state == State.AfterValue && Depth > 0:
                return Go(objects.Peek() ? State.Key : State.Value, JsonRole.Separator);
            case ':' when state == State.Colon:
                return Go(State.Value, JsonRole.Separator);
            case '"' when state is State.Key or State.FirstKey:
                IsKey = true;
                return Go(State.String, JsonRole.StringBegin);
            default:
                return state is State.Value or State.FirstItem && BeginValue(c);
        }
    }

    private bool BeginValue(char c)
    {
        switch (c)
        {
            case '{' or '[':
                objects.Push(c == '{');
                return Depth <= MaximumDepth && Go(c == '{' ? State.FirstKey : State.FirstItem, JsonRole.Open);
            case '"':
                IsKey = false;
                return Go(State.String, JsonRole.StringBegin);
            case '-':
                return Go(State.Minus, JsonRole.Scalar);
            case '0':
                return Go(State.Zero, JsonRole.Scalar);
            case >= '1' and <= '9':
                return Go(State.Digits, JsonRole.Scalar);
            case 't' or 'f' or 'n':
                literal = c switch
                {
                    't' => "rue",
                    'f' => "alse",
                    _ => "ull",
                };
                return Go(State.Literal, JsonRole.Scalar);
            default:
                return false;
        }
    }

    private bool Close()
    {
        objects.Pop();
        return Go(State.AfterValue, JsonRole.Close);
    }

    private bool ReadString(char c)
    {
        switch (c)
        {
            case '"':
                return Go(IsKey ? State.Colon : State.AfterValue, JsonRole.StringEnd);
            case '\\':
                return Go(State.Escape, JsonRole.StringPart);
            case < ' ':
                return false;
            default:
                Decoded = c;
                return Go(State.String, JsonRole.StringPart);
        }
    }

    private bool ReadEscape(char c)
    {
        if (c == 'u')
        {
            (hexDigits, hexValue) = (0, 0);
            return Go(State.Hex, JsonRole.StringPart);
        }

        var index = "\"\\/bfnrt".IndexOf(c, StringComparison.Ordinal);
        Decoded = index < 0 ? null : "\"\\/\b\f\n\r\t"[index];
        return index >= 0 && Go(State.String, JsonRole.StringPart);
    }

    private bool ReadHex(char c)
    {
        if (!char.IsAsciiHexDigit(c))
        {
            return false;
        }

        hexValue = (hexValue * 16) + Convert.ToInt32(c.ToString(), 16);
        if (++hexDigits < 4)
        {
            return Go(State.Hex, JsonRole.StringPart);
        }

        Decoded = (char)hexValue;
        return Go(State.String, JsonRole.StringPart);
    }

    private bool ReadLiteral(char c)
    {
        if (literal[0] != c)
        {
            return false;
        }

        literal = literal[1..];
        return Go(literal.Length == 0 ? State.AfterValue : State.Literal, JsonRole.Scalar);
    }

    private bool ReadNumber(char c)
    {
        var isDigit = char.IsAsciiDigit(c);
        State? next = (state, c) switch
        {
            (State.Minus, '0') => State.Zero,
            (State.Minus or State.Digits, _) when isDigit => State.Digits,
            (State.Zero or State.Digits, '.') => State.Point,
            (State.Point or State.Fraction, _) when isDigit => State.Fraction,
            (State.Zero or State.Digits or State.Fraction, 'e' or 'E') => State.Exponent,
            (State.Exponent, '+' or '-') => State.ExponentSign,
            (State.Exponent or State.ExponentSign or State.ExponentDigits, _) when isDigit => State.ExponentDigits,
            _ => null,
        };
        if (next is { } inside)
        {
            return Go(inside, JsonRole.Scalar);
        }

        // What is no part of the number ends it, where it may end.
        if (state is not (State.Zero or State.Digits or State.Fraction or State.ExponentDigits))
        {
            return false;
        }

        state = State.AfterValue;
        return ReadStructure(c);
    }

    private bool Go(State next, JsonRole role)
    {
        state = next;
        Role = role;
        return true;
    }
}
