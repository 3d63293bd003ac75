using System.Globalization;
using System.Numerics;

namespace Luthier.Text.Jinja.Operations;

/// <summary>Python's operators on two numbers: integers stay integers, but for <c>/</c>.</summary>
internal static class Numbers
{
    public static object Apply(string sign, object a, object b) =>
        a is double || b is double ? ApplyToFloats(sign, ToDouble(a), ToDouble(b))
        : Integers.TryGet(a, out var x) && Integers.TryGet(b, out var y) && TryApply(sign, x, y, out var small) ? small
        : ApplyToIntegers(sign, Big(a), Big(b));

    /// <exception cref="JinjaException">The integer is larger than any float.</exception>
    public static double ToDouble(object number)
    {
        if (number is double value)
        {
            return value;
        }

        var integer = Big(number);
        // By its digits, so that it is rounded to the nearest.
        value = double.Parse(integer.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return double.IsFinite(value) ? value : throw Errors.Value("int too large to convert to float");
    }

    private static BigInteger Big(object number) => Integers.TryGetBig(number, out var value) ? value : default;

    // The usual case: nothing overflows.
    private static bool TryApply(string sign, long a, long b, out object result)
    {
        long value;
        var overflows = sign switch
        {
            "+" => OverflowsAdd(a, b, out value),
            "-" => OverflowsSubtract(a, b, out value),
            "*" => Math.BigMul(a, b, out value) != value >> 63,
            _ => Fails(out value),
        };
        result = value;
        return !overflows;
    }

    private static bool OverflowsAdd(long a, long b, out long sum)
    {
        sum = unchecked(a + b);
        return ((a ^ sum) & (b ^ sum)) < 0;
    }

    private static bool OverflowsSubtract(long a, long b, out long difference)
    {
        difference = unchecked(a - b);
        return ((a ^ b) & (a ^ difference)) < 0;
    }

    private static bool Fails(out long value)
    {
        value = 0;
        return true;
    }

    private static object ApplyToIntegers(string sign, BigInteger a, BigInteger b)
    {
        if (b.IsZero && sign is "/" or "//" or "%")
        {
            throw Errors.Value(sign is "/" ? "division by zero" : "integer division or modulo by zero");
        }

        if (sign is "/")
        {
            return Divide(a, b);
        }

        if (sign is "**")
        {
            return Power(a, b);
        }

        if (sign is "*" && !Integers.IsAllowed((double)a.GetBitLength() + b.GetBitLength() - 1))
        {
            throw TooLarge();
        }

        var result = sign switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "//" => Integers.FloorDivide(a, b),
            _ => Integers.Modulo(a, b),
        };
        return Integers.IsAllowed(result) ? Integers.Normalize(result) : throw TooLarge();
    }

    private static double Divide(BigInteger a, BigInteger b)
    {
        const long exact = 1L << 53;
        if (BigInteger.Abs(a) <= exact && BigInteger.Abs(b) <= exact)
        {
            return (double)a / (double)b;
        }

        // Scaled so that the quotient has more bits than a float: what is cut off is then only its last place.
        var shift = Math.Max(0, 70 - (int)(a.GetBitLength() - b.GetBitLength()));
        var quotient = BigInteger.DivRem(a << shift, b, out var remainder);
        if (!remainder.IsZero && quotient.IsEven)
        {
            quotient += a.Sign * b.Sign;
        }

        var value = Math.ScaleB(ToDouble(quotient), -shift);
        return double.IsFinite(value) ? value : throw Errors.Value("integer division result too large for a float");
    }

    private static object Power(BigInteger a, BigInteger b)
    {
        if (b.Sign < 0)
        {
            return a.IsZero
                ? throw Errors.Value("0.0 cannot be raised to a negative power")
                : ApplyToFloats("**", ToDouble(a), ToDouble(b));
        }

        if (BigInteger.Abs(a) <= 1)
        {
            return (long)(
                a.Sign < 0 && !b.IsEven ? -1
                : a.IsZero && !b.IsZero ? 0
                : 1
            );
        }

        return Integers.IsAllowed((double)(a.GetBitLength() - 1) * (double)b)
            ? Integers.Normalize(BigInteger.Pow(a, (int)b))
            : throw TooLarge();
    }

    private static double ApplyToFloats(string sign, double a, double b)
    {
        if (b == 0 && sign is "/" or "//" or "%")
        {
            throw Errors.Value("float division by zero");
        }

        return sign switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => FloorDivide(a, b),
            "%" => Modulo(a, b),
            _ => Power(a, b),
        };
    }

    private static double Power(double a, double b)
    {
        if (a == 0 && b < 0)
        {
            throw Errors.Value("0.0 cannot be raised to a negative power");
        }

        var result = Math.Pow(a, b);
        if (double.IsNaN(result) && !double.IsNaN(a) && !double.IsNaN(b))
        {
            throw Errors.Value("complex numbers are not supported");
        }

        return double.IsFinite(result) || !double.IsFinite(a) || !double.IsFinite(b)
            ? result
            : throw Errors.Value("(34, 'Numerical result out of range')");
    }

    private static double Modulo(double a, double b)
    {
        var remainder = a % b;
        return remainder == 0 ? Math.CopySign(0, b)
            : (remainder < 0) != (b < 0) ? remainder + b
            : remainder;
    }

    private static double FloorDivide(double a, double b)
    {
        var quotient = (a - Modulo(a, b)) / b;
        if (quotient == 0)
        {
            return Math.CopySign(0, a / b);
        }

        var floor = Math.Floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static JinjaException TooLarge() => Errors.Limit("the integer has more than 4,000 digits");
}
