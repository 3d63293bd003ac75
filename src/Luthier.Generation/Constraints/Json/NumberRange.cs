using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Json;

/// <summary>A bound of numbers; exclusive: the bound itself is out.</summary>
internal readonly record struct NumberBound(DecimalNumber Value, bool IsExclusive);

/// <summary>Numbers between bounds, written without an exponent.</summary>
internal static class NumberRange
{
    private static readonly Expression Minus = Expression.Literal("-");
    private static readonly Expression Point = Expression.Literal(".");

    /// <summary>Numbers from one bound to another, of which one may be missing.</summary>
    public static Expression Between(NumberBound? least, NumberBound? most) =>
        (least, most) switch
        {
            ({ } low, { } high) => new Both(AtLeast(low), AtMost(high)),
            ({ } low, null) => AtLeast(low),
            (null, { } high) => AtMost(high),
            _ => throw new ArgumentException("there is no bound"),
        };

    private static Expression AtLeast(NumberBound bound) =>
        bound.Value.IsNegative
            ? Expression.Any(AnyMagnitude(bound.Value), Expression.Of(Minus, MagnitudeAtMost(bound)))
            : MagnitudeAtLeast(bound);

    private static Expression AtMost(NumberBound bound) =>
        bound.Value.IsNegative ? Expression.Of(Minus, MagnitudeAtLeast(bound))
        : bound is { IsExclusive: true, Value.IsZero: true } ? Expression.Of(Minus, MagnitudeAtLeast(bound))
        : Expression.Any(Expression.Of(Minus, AnyMagnitude(bound.Value)), MagnitudeAtMost(bound));

    /// <summary>Numbers without a sign that are no smaller than the bound without its sign.</summary>
    private static Expression MagnitudeAtLeast(NumberBound bound)
    {
        var (integer, fraction) = (bound.Value.Integer, bound.Value.Fraction);
        return Expression.Any(
            Expression.Of(IntegerAbove(integer), AnyFraction(bound.Value)),
            Expression.Of(
                Expression.Literal(integer),
                FractionAtLeast(fraction, bound.IsExclusive, FractionDigits(bound.Value))
            )
        );
    }

    /// <summary>Numbers without a sign that are no larger than the bound without its sign.</summary>
    private static Expression MagnitudeAtMost(NumberBound bound)
    {
        var (integer, fraction) = (bound.Value.Integer, bound.Value.Fraction);
        return Expression.Any(
            Expression.Of(IntegerBelow(integer), AnyFraction(bound.Value)),
            Expression.Of(
                Expression.Literal(integer),
                FractionAtMost(fraction, bound.IsExclusive, FractionDigits(bound.Value))
            )
        );
    }

    private static Expression AnyMagnitude(DecimalNumber near)
    {
        var more = new Repeat(JsonSyntax.Digit, 0, IntegerDigits(near.Integer) - 1);
        var integer = Expression.Any(Expression.Literal("0"), Expression.Of(JsonSyntax.Range('1', '9'), more));
        return Expression.Of(integer, AnyFraction(near));
    }

    private static Expression AnyFraction(DecimalNumber near) =>
        Expression.Optional(Expression.Of(Point, new Repeat(JsonSyntax.Digit, 1, FractionDigits(near))));

    /// <summary>More digits, or as many of which the first that differs is larger.</summary>
    private static Expression IntegerAbove(string digits)
    {
        var length = digits.Length;
        var alternatives = new List<Expression>
        {
            digits is "0"
                ? Expression.Of(JsonSyntax.Range('1', '9'), new Repeat(JsonSyntax.Digit, 0, IntegerDigits(digits) - 1))
                : Expression.Of(
                    JsonSyntax.Range('1', '9'),
                    new Repeat(JsonSyntax.Digit, length, IntegerDigits(digits) - 1)
                ),
        };
        for (var i = 0; i < length && digits is not "0"; i++)
        {
            if (digits[i] < '9')
            {
                alternatives.Add(
                    Differing(
                        digits,
                        i,
                        (char)(digits[i] + 1),
                        '9',
                        new Repeat(JsonSyntax.Digit, length - i - 1, length - i - 1)
                    )
                );
            }
        }

        return Expression.Any(alternatives);
    }

    /// <summary>Fewer digits, or as many of which the first that differs is smaller.</summary>
    private static Expression IntegerBelow(string digits)
    {
        var length = digits.Length;
        var alternatives = new List<Expression>();
        if (digits is not "0")
        {
            alternatives.Add(Expression.Literal("0"));
        }

        if (length > 1)
        {
            alternatives.Add(Expression.Of(JsonSyntax.Range('1', '9'), new Repeat(JsonSyntax.Digit, 0, length - 2)));
        }

        for (var i = 0; i < length; i++)
        {
            var least = i == 0 ? '1' : '0';
            if (digits[i] > least)
            {
                alternatives.Add(
                    Differing(
                        digits,
                        i,
                        least,
                        (char)(digits[i] - 1),
                        new Repeat(JsonSyntax.Digit, length - i - 1, length - i - 1)
                    )
                );
            }
        }

        return Expression.Any(alternatives);
    }

    private static Expression FractionAtLeast(string digits, bool isExclusive, int most)
    {
        if (digits.Length == 0)
        {
            return isExclusive
                ? Expression.Of(Point, AboveZero(most))
                : Expression.Optional(Expression.Of(Point, new Repeat(JsonSyntax.Digit, 1, most)));
        }

        var rest = most - digits.Length;
        var alternatives = new List<Expression>
        {
            Expression.Of(
                Expression.Literal(digits),
                isExclusive ? AboveZero(rest) : new Repeat(JsonSyntax.Digit, 0, rest)
            ),
        };
        for (var i = 0; i < digits.Length; i++)
        {
            if (digits[i] < '9')
            {
                alternatives.Add(
                    Differing(digits, i, (char)(digits[i] + 1), '9', new Repeat(JsonSyntax.Digit, 0, most - i - 1))
                );
            }
        }

        return Expression.Of(Point, Expression.Any(alternatives));
    }

    private static Expression FractionAtMost(string digits, bool isExclusive, int most)
    {
        var zero = Expression.Literal("0");
        if (digits.Length == 0)
        {
            return isExclusive
                ? Expression.Never
                : Expression.Optional(Expression.Of(Point, new Repeat(zero, 1, most)));
        }

        var alternatives = new List<Expression>();
        for (var i = 0; i < digits.Length; i++)
        {
            if (i > 0)
            {
                alternatives.Add(Expression.Literal(digits[..i]));
            }

            if (digits[i] > '0')
            {
                alternatives.Add(
                    Differing(digits, i, '0', (char)(digits[i] - 1), new Repeat(JsonSyntax.Digit, 0, most - i - 1))
                );
            }
        }

        if (!isExclusive)
        {
            alternatives.Add(Expression.Of(Expression.Literal(digits), new Repeat(zero, 0, most - digits.Length)));
        }

        return Expression.Optional(Expression.Of(Point, Expression.Any(alternatives)));
    }

    /// <summary>Up to so many digits of which one is not 0.</summary>
    private static Both AboveZero(int most) =>
        new Both(
            new Repeat(JsonSyntax.Digit, 1, most),
            Expression.Of(
                Expression.Many(Expression.Literal("0")),
                JsonSyntax.Range('1', '9'),
                Expression.Many(JsonSyntax.Digit)
            )
        );

    private static Expression Differing(string digits, int at, char first, char last, Expression rest) =>
        Expression.Of(Expression.Literal(digits[..at]), JsonSyntax.Range(first, last), rest);

    // There must be room beyond the bound.
    private static int IntegerDigits(string integer) => Math.Max(JsonSyntax.Digits, integer.Length + 1);

    private static int FractionDigits(DecimalNumber bound) => Math.Max(JsonSyntax.Digits, bound.Fraction.Length + 1);
}
