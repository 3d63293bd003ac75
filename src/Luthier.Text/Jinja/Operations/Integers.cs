using System.Numerics;

namespace Luthier.Text.Jinja.Operations;

/// <summary>
/// Integers are <see cref="long"/>, or <see cref="BigInteger"/> beyond it; True and False count as 1 and 0. They may have
/// some 4,000 digits, which is about what Python prints.
/// </summary>
internal static class Integers
{
    private const long MaximumBits = 13_600;

    public static bool IsAllowed(BigInteger value) => value.GetBitLength() <= MaximumBits;

    /// <summary>Whether a product or power of about so many bits may be computed.</summary>
    public static bool IsAllowed(double bits) => bits <= MaximumBits;

    public static object Normalize(BigInteger value) =>
        value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    public static bool TryGet(object? value, out long result)
    {
        switch (value)
        {
            case long number:
                result = number;
                return true;
            case bool flag:
                result = flag ? 1 : 0;
                return true;
            default:
                result = 0;
                return false;
        }
    }

    public static bool TryGetBig(object? value, out BigInteger result)
    {
        if (TryGet(value, out var small))
        {
            result = small;
            return true;
        }

        result = value is BigInteger big ? big : default;
        return value is BigInteger;
    }

    /// <summary>Floor division, as Python has it.</summary>
    public static BigInteger FloorDivide(BigInteger a, BigInteger b)
    {
        var quotient = BigInteger.DivRem(a, b, out var remainder);
        return !remainder.IsZero && (remainder.Sign < 0) != (b.Sign < 0) ? quotient - 1 : quotient;
    }

    /// <summary>The remainder with the sign of the divisor, as Python has it.</summary>
    public static BigInteger Modulo(BigInteger a, BigInteger b)
    {
        var remainder = BigInteger.Remainder(a, b);
        return !remainder.IsZero && (remainder.Sign < 0) != (b.Sign < 0) ? remainder + b : remainder;
    }
}
