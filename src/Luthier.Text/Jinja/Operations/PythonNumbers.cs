using System.Globalization;
using System.Numerics;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Operations;

/// <summary>Numbers from text, as Python's <c>int</c> and <c>float</c> read them.</summary>
internal static class PythonNumbers
{
    private const int MaximumDigits = 4300;

    /// <param name="text">Digits with a sign, white space around them and single underscores between them.</param>
    /// <param name="radix">From 2 to 36, or 0 to go by the prefix.</param>
    /// <param name="value">The integer.</param>
    public static bool TryParseInteger(string text, int radix, out object value)
    {
        value = 0L;
        var digits = Trim(text, out var isNegative);
        var hasPrefix = TrySkipPrefix(ref digits, ref radix);
        if (radix == 0)
        {
            // Without a prefix, only zero may begin with zero.
            radix = 10;
            if (digits.Length > 1 && digits[0] == '0' && digits.AsSpan().IndexOfAnyExcept('0', '_') >= 0)
            {
                return false;
            }
        }

        if (digits.Length is 0 or > MaximumDigits || !AreUnderscoresSingle(digits, hasPrefix))
        {
            return false;
        }

        var result = BigInteger.Zero;
        foreach (var c in digits)
        {
            if (c == '_')
            {
                continue;
            }

            var digit = Digit(c);
            if (digit >= radix)
            {
                return false;
            }

            result = (result * radix) + digit;
        }

        value = Integers.Normalize(isNegative ? -result : result);
        return Integers.IsAllowed(result);
    }

    public static bool TryParseFloat(string text, out double value)
    {
        var digits = Trim(text, out var isNegative);
        value = digits.ToLowerInvariant() switch
        {
            "inf" or "infinity" => double.PositiveInfinity,
            "nan" => double.NaN,
            _ => 0,
        };
        const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        var isWord = value != 0;
        var isNumber =
            isWord
            || (
                AreUnderscoresSingle(digits, hasPrefix: false)
                && digits.Length is > 0 and <= MaximumDigits
                && (char.IsAsciiDigit(digits[0]) || digits[0] == '.')
                && double.TryParse(
                    digits.Replace("_", "", StringComparison.Ordinal),
                    style,
                    CultureInfo.InvariantCulture,
                    out value
                )
            );
        value = isNegative ? -value : value;
        return isNumber;
    }

    /// <summary>A number, or the number that a text is.</summary>
    /// <exception cref="JinjaException">It is none.</exception>
    public static double ToDouble(object? value) =>
        Ordering.IsNumber(value) ? Numbers.ToDouble(value!)
        : Texts.TryGet(value, out var text) && TryParseFloat(text, out var number) ? number
        : value is Undefined undefined ? throw undefined.Error()
        : throw Errors.Value($"{Printing.ReprForMessage(value)} is no number");

    private static string Trim(string text, out bool isNegative)
    {
        var digits = PythonText.TrimEnd(text.AsSpan(PythonText.SkipSpace(text, 0)));
        isNegative = digits is ['-', ..];
        return (digits is ['-' or '+', ..] ? digits[1..] : digits).ToString();
    }

    private static bool TrySkipPrefix(ref string digits, ref int radix)
    {
        var prefixed = digits is ['0', var letter, ..]
            ? letter switch
            {
                'x' or 'X' => 16,
                'o' or 'O' => 8,
                'b' or 'B' => 2,
                _ => -1,
            }
            : -1;
        if (prefixed < 0 || (radix != 0 && radix != prefixed))
        {
            return false;
        }

        radix = prefixed;
        digits = digits[2..];
        return true;
    }

    // One between digits, or right after a prefix.
    private static bool AreUnderscoresSingle(string digits, bool hasPrefix)
    {
        for (var i = 0; i < digits.Length; i++)
        {
            if (
                digits[i] == '_'
                && (
                    i + 1 == digits.Length
                    || !char.IsAsciiLetterOrDigit(digits[i + 1])
                    || (i == 0 ? !hasPrefix : !char.IsAsciiLetterOrDigit(digits[i - 1]))
                )
            )
            {
                return false;
            }
        }

        return true;
    }

    private static int Digit(char c) =>
        char.IsAsciiDigit(c) ? c - '0'
        : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10
        : CharUnicodeInfo.GetDecimalDigitValue(c) is >= 0 and var digit ? digit
        : int.MaxValue;
}
