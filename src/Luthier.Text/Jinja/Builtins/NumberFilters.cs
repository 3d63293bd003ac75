using System.Globalization;
using System.Numerics;
using Luthier.Text.Jinja.Formatting;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Filters about numbers.</summary>
internal static class NumberFilters
{
    private static readonly string[] DecimalUnits = ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
    private static readonly string[] BinaryUnits = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];

    public static object? Abs(BoundArguments arguments) =>
        arguments[0] switch
        {
            double number => Math.Abs(number),
            _ => Integers.TryGetBig(arguments[0], out var integer)
                ? Integers.Normalize(BigInteger.Abs(integer))
                : throw Errors.Type($"bad operand type for abs(): '{TypeNames.Of(arguments[0])}'"),
        };

    /// <summary>An integer from a number or text, also from text with a fraction; the default where it is none.</summary>
    public static object? ToInteger(BoundArguments arguments)
    {
        var value = arguments[0];
        if (value is Undefined undefined)
        {
            throw undefined.Error();
        }

        if (Texts.TryGet(value, out var text))
        {
            var radix = arguments.Integer(2, 10);
            return radix is 0 or (>= 2 and <= 36) && PythonNumbers.TryParseInteger(text, radix, out var parsed)
                ? parsed
                : Truncate(PythonNumbers.TryParseFloat(text, out var number) ? number : null, arguments);
        }

        return Integers.TryGetBig(value, out var integer) ? Integers.Normalize(integer)
            : value is double.PositiveInfinity or double.NegativeInfinity
                ? throw Errors.Value("cannot convert float infinity to integer")
            : Truncate(value as double?, arguments);
    }

    public static object? ToFloat(BoundArguments arguments)
    {
        var value = arguments[0];
        if (value is Undefined undefined)
        {
            throw undefined.Error();
        }

        return Ordering.IsNumber(value) ? Numbers.ToDouble(value!)
            : Texts.TryGet(value, out var text) && PythonNumbers.TryParseFloat(text, out var number) ? number
            : arguments.GetOr(1, 0.0);
    }

    public static object? Round(BoundArguments arguments)
    {
        var precision = arguments.Integer(1, 0);
        var method = arguments.TextOr(2, "common");
        if (method is not ("common" or "ceil" or "floor"))
        {
            throw Errors.Value("method must be common, ceil or floor");
        }

        var value = arguments[0];
        if (method is not "common")
        {
            var scale = Numbers.Apply("**", 10L, (long)precision);
            var scaled = Arithmetic.Apply(arguments.Context, "*", value, scale);
            return Numbers.Apply("/", ToWhole(scaled, method is "ceil"), scale);
        }

        return !Ordering.IsNumber(value)
                ? throw Errors.Type($"type {TypeNames.Of(value)} doesn't define __round__ method")
            : value is double number ? ExactDecimal.Round(number, precision)
            : Integers.TryGetBig(value, out var integer) && precision < 0 ? RoundInteger(integer, -precision)
            : Arithmetic.Plus(value);
    }

    public static object? Sum(BoundArguments arguments)
    {
        var total = arguments.GetOr(2, 0L);
        if (Texts.TryGet(total, out _))
        {
            throw Errors.Type("sum() can't sum strings [use ''.join(seq) instead]");
        }

        foreach (var item in Iteration.Of(arguments[0]))
        {
            arguments.Context.Step(1);
            var value = arguments.HasValue(1) ? MemberPath.Get(arguments.Context, item, arguments[1]) : item;
            total = Arithmetic.Apply(arguments.Context, "+", total, value);
        }

        return total;
    }

    public static object FileSize(BoundArguments arguments)
    {
        var size = PythonNumbers.ToDouble(arguments[0]);
        var isBinary = arguments.Flag(1);
        var unit = isBinary ? 1024.0 : 1000.0;
        if (size == 1)
        {
            return "1 Byte";
        }

        if (size < unit)
        {
            return $"{((long)size).ToString(CultureInfo.InvariantCulture)} Bytes";
        }

        var names = isBinary ? BinaryUnits : DecimalUnits;
        var i = 0;
        for (size /= unit; size >= unit && i < names.Length - 1; i++)
        {
            size /= unit;
        }

        return $"{ExactDecimal.Fixed(size, 1)} {names[i]}";
    }

    private static object? Truncate(double? number, BoundArguments arguments) =>
        number is { } value && double.IsFinite(value)
            ? Integers.Normalize(new BigInteger(value))
            : arguments.GetOr(1, 0L);

    private static object ToWhole(object? number, bool up)
    {
        if (number is not double value)
        {
            return Ordering.IsNumber(number)
                ? number!
                : throw Errors.Type($"must be real number, not {TypeNames.Of(number)}");
        }

        return double.IsFinite(value)
            ? Integers.Normalize(new BigInteger(up ? Math.Ceiling(value) : Math.Floor(value)))
            : throw Errors.Value("cannot convert float infinity or NaN to integer");
    }

    // Halves go to the even neighbour.
    private static object RoundInteger(BigInteger value, int places)
    {
        if (places > 5000)
        {
            return 0L;
        }

        var unit = BigInteger.Pow(10, places);
        var quotient = Integers.FloorDivide(value, unit);
        var half = ((value - (quotient * unit)) * 2).CompareTo(unit);
        return Integers.Normalize((half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient) * unit);
    }
}
