using System.Globalization;
using System.Text;

namespace Luthier.Text.Jinja.Syntax;

/// <summary>The escapes of string literals, which are Python's.</summary>
internal static class StringLiteral
{
    /// <summary>The text that a literal means, or null where an escape is cut short or names no character.</summary>
    public static string? Unescape(ReadOnlySpan<char> literal)
    {
        if (!literal.Contains('\\'))
        {
            return literal.ToString();
        }

        var text = new StringBuilder(literal.Length);
        for (var i = 0; i < literal.Length; i++)
        {
            if (literal[i] != '\\')
            {
                text.Append(literal[i]);
                continue;
            }

            i++;
            if (!TryAppendEscape(text, literal, ref i))
            {
                return null;
            }
        }

        return text.ToString();
    }

    /// <summary>Appends the character of the escape whose letter is at <paramref name="i"/>; moves to its last.</summary>
    private static bool TryAppendEscape(StringBuilder text, ReadOnlySpan<char> literal, ref int i)
    {
        var letter = literal[i];
        var simple = "abfnrtv\\'\"".IndexOf(letter, StringComparison.Ordinal);
        switch (letter)
        {
            case '\n':
                return true;
            case 'x':
                return TryAppendHex(text, literal, ref i, 2);
            case 'u':
                return TryAppendHex(text, literal, ref i, 4);
            case 'U':
                return TryAppendHex(text, literal, ref i, 8);
            case 'N':
                return false;
            case >= '0' and <= '7':
                AppendOctal(text, literal, ref i);
                return true;
            default:
                if (simple >= 0)
                {
                    text.Append("\a\b\f\n\r\t\v\\'\""[simple]);
                }
                else
                {
                    AppendUnknown(text, literal, ref i);
                }

                return true;
        }
    }

    private static bool TryAppendHex(StringBuilder text, ReadOnlySpan<char> literal, ref int i, int digits)
    {
        if (
            i + digits >= literal.Length
            || !uint.TryParse(
                literal.Slice(i + 1, digits),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var code
            )
            || code > 0x10FFFF
        )
        {
            return false;
        }

        i += digits;
        AppendCode(text, (int)code);
        return true;
    }

    private static void AppendOctal(StringBuilder text, ReadOnlySpan<char> literal, ref int i)
    {
        var code = literal[i] - '0';
        for (var digits = 1; digits < 3 && i + 1 < literal.Length && literal[i + 1] is >= '0' and <= '7'; digits++)
        {
            code = (code * 8) + (literal[++i] - '0');
        }

        AppendCode(text, code);
    }

    // A backslash that begins no escape stays. Python reads literals by way of ASCII with escapes, so that what stands
    // after such a backslash comes out escaped.
    private static void AppendUnknown(StringBuilder text, ReadOnlySpan<char> literal, ref int i)
    {
        text.Append('\\');
        if (literal[i] < 0x80)
        {
            text.Append(literal[i]);
            return;
        }

        Rune.DecodeFromUtf16(literal[i..], out var rune, out var length);
        text.Append(
            rune.Value switch
            {
                < 0x100 => $"x{rune.Value:x2}",
                < 0x10000 => $"u{rune.Value:x4}",
                _ => $"U{rune.Value:x8}",
            }
        );
        i += length - 1;
    }

    // Half of a surrogate pair may stand alone, as in Python.
    private static void AppendCode(StringBuilder text, int code) =>
        text.Append(code < 0x10000 ? ((char)code).ToString() : char.ConvertFromUtf32(code));
}
