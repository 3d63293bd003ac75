using System.Globalization;
using System.Numerics;
using Luthier.Text.Jinja.Operations;

namespace Luthier.Text.Jinja.Syntax;

/// <summary>Integers as they are written: decimal, <c>0x</c>, <c>0o</c> or <c>0b</c>, divided by underscores if one likes.</summary>
internal static class IntegerLiteral
{
    public const string TooLong = "the integer has too many digits";

    /// <summary>The end of the literal that begins with the digit at <paramref name="start"/>.</summary>
    public static int End(string source, int start)
    {
        if (source[start] == '0')
        {
            var prefixed = Base(source.AsSpan(start)) is { } radix and not 10 ? Run(source, start + 2, radix) : 0;
            return prefixed > start + 2 ? prefixed : Run(source, start, 1);
        }

        return Run(source, start, 10);
    }

    /// <summary>The value, or null where it is larger than integers may be.</summary>
    public static object? Parse(ReadOnlySpan<char> literal)
    {
        var radix = Base(literal);
        var value = BigInteger.Zero;
        var chunk = 0L;
        var scale = 1L;
        foreach (var c in radix == 10 ? literal : literal[2..])
        {
            if (c == '_')
            {
                continue;
            }

            chunk = (chunk * radix) + Digit(c);
            scale *= radix;
            if (scale > long.MaxValue / 16 / radix)
            {
                value = (value * scale) + chunk;
                (chunk, scale) = (0, 1);
                if (!Integers.IsAllowed(value))
                {
                    return null;
                }
            }
        }

        value = (value * scale) + chunk;
        return Integers.IsAllowed(value) ? Integers.Normalize(value) : null;
    }

    private static int Base(ReadOnlySpan<char> literal) =>
        literal.Length < 2 || literal[0] != '0'
            ? 10
            : literal[1] switch
            {
                'x' or 'X' => 16,
                'o' or 'O' => 8,
                'b' or 'B' => 2,
                _ => 10,
            };

    // Digits below the radix, each with an underscore before it if one likes.
    private static int Run(string source, int start, int radix)
    {
        var end = start;
        while (end < source.Length)
        {
            var next = source[end] == '_' && (end > start || radix is not (1 or 10)) ? end + 1 : end;
            if (next >= source.Length || Digit(source[next]) >= radix)
            {
                break;
            }

            end = next + 1;
        }

        return end;
    }

    private static int Digit(char c) =>
        char.IsAsciiHexDigit(c) ? int.Parse([c], NumberStyles.HexNumber, CultureInfo.InvariantCulture) : int.MaxValue;
}
