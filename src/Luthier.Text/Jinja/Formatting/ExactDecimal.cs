using System.Globalization;
using System.Numerics;

namespace Luthier.Text.Jinja.Formatting;

/// <summary>The decimal digits of floats, rounded from their exact value with halves to even, as Python does.</summary>
internal static class ExactDecimal
{
    /// <summary>Digits with so many after the point, of a finite number without its sign.</summary>
    public static string Fixed(double value, int precision)
    {
        var digits = Scale(Math.Abs(value), precision).ToString(CultureInfo.InvariantCulture);
        if (precision == 0)
        {
            return digits;
        }

        digits = digits.PadLeft(precision + 1, '0');
        return $"{digits.AsSpan(0, digits.Length - precision)}.{digits.AsSpan(digits.Length - precision)}";
    }

    /// <summary>So many significant digits of a finite number, and the power of ten of the first.</summary>
    public static (string Digits, int Exponent) Significant(double value, int count)
    {
        value = Math.Abs(value);
        if (value == 0)
        {
            return (new string('0', count), 0);
        }

        var exponent = (int)Math.Floor(Math.Log10(value));
        while (true)
        {
            var digits = Scale(value, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
            if (digits.Length == count)
            {
                return (digits, exponent);
            }

            // The logarithm was off by one, or rounding made another digit.
            exponent += digits.Length > count ? 1 : -1;
        }
    }

    /// <summary>The number rounded to so many places after the point; negative places round left of it.</summary>
    public static double Round(double value, int places)
    {
        // Beyond these a double has no digits, or nothing left of it.
        if (!double.IsFinite(value) || places > 323)
        {
            return value;
        }

        if (places < -308)
        {
            return Math.CopySign(0, value);
        }

        var text = $"{Scale(Math.Abs(value), places)}E{-places}";
        return Math.CopySign(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture), value);
    }

    /// <summary>The integer nearest to a number times a power of ten; of two the even one.</summary>
    private static BigInteger Scale(double value, int power)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        BigInteger numerator = (bits & ((1L << 52) - 1)) | (exponent == 0 ? 0 : 1L << 52);
        var denominator = BigInteger.One;
        var shift = Math.Max(exponent, 1) - 1075;
        if (shift >= 0)
        {
            numerator <<= shift;
        }
        else
        {
            denominator <<= -shift;
        }

        if (power >= 0)
        {
            numerator *= BigInteger.Pow(10, power);
        }
        else
        {
            denominator *= BigInteger.Pow(10, -power);
        }

        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        var half = (remainder * 2).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }
}
