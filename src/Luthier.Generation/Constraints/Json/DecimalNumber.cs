using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Luthier.Generation.Constraints.Json;

/// <summary>A number exactly as JSON has it.</summary>
/// <param name="Integer">Digits before the point, without zeros at their start; at least one.</param>
/// <param name="Fraction">Digits after it, without zeros at their end.</param>
internal readonly record struct DecimalNumber(bool IsNegative, string Integer, string Fraction)
{
    private const int MaximumDigits = 300;

    public bool IsInteger => Fraction.Length == 0;

    public bool IsZero => IsInteger && Integer is "0";

    /// <summary>Null where the number has too many digits.</summary>
    public static DecimalNumber? Read(JsonElement number)
    {
        var text = number.GetRawText().AsSpan();
        var isNegative = text[0] == '-';
        text = isNegative ? text[1..] : text;
        var exponent = 0;
        if (text.IndexOfAny('e', 'E') is >= 0 and var mark)
        {
            if (
                !int.TryParse(
                    text[(mark + 1)..],
                    NumberStyles.AllowLeadingSign,
                    CultureInfo.InvariantCulture,
                    out exponent
                )
            )
            {
                return null;
            }

            text = text[..mark];
        }

        var point = text.IndexOf('.') is >= 0 and var found ? found : text.Length;
        var digits = string.Concat(text[..point], point < text.Length ? text[(point + 1)..] : []);
        if (digits.Length > MaximumDigits || Math.Abs((long)exponent) > MaximumDigits)
        {
            return null;
        }

        // The point moves by the exponent, over zeros where digits end.
        point += exponent;
        digits = digits.PadLeft(digits.Length + Math.Max(0, -point), '0').PadRight(Math.Max(digits.Length, point), '0');
        point = Math.Max(point, 0);
        var integer = digits[..point].TrimStart('0');
        var fraction = digits[point..].TrimEnd('0');
        var isZero = integer.Length == 0 && fraction.Length == 0;
        return new DecimalNumber(isNegative && !isZero, integer.Length == 0 ? "0" : integer, fraction);
    }

    /// <summary>Below 0 where the first is smaller, above 0 where it is larger.</summary>
    public static int Compare(DecimalNumber first, DecimalNumber second)
    {
        var length = Math.Max(first.Fraction.Length, second.Fraction.Length);
        return first.Scaled(length).CompareTo(second.Scaled(length));
    }

    private BigInteger Scaled(int fractionDigits)
    {
        var magnitude = BigInteger.Parse(
            Integer + Fraction.PadRight(fractionDigits, '0'),
            CultureInfo.InvariantCulture
        );
        return IsNegative ? -magnitude : magnitude;
    }
}
