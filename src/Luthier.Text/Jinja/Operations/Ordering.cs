using System.Numerics;
using System.Runtime.CompilerServices;
using Luthier.Formats;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Operations;

/// <summary>Python's order: of numbers, of strings by code point, of lists and of tuples item by item.</summary>
internal static class Ordering
{
    /// <summary>Whether <paramref name="a"/> stands before <paramref name="b"/>.</summary>
    /// <exception cref="JinjaException">They have no order.</exception>
    public static bool IsLess(RenderContext context, object? a, object? b) => Compare(context, a, b, "<") < 0;

    /// <summary>Below zero, zero or above it, as the one comes first; null where one is not a number.</summary>
    /// <param name="context">Counts the parts compared.</param>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    /// <param name="sign">The operator, for messages.</param>
    public static int? Compare(RenderContext context, object? a, object? b, string sign)
    {
        context.Step(1);
        if (IsNumber(a) && IsNumber(b))
        {
            return CompareNumbers(a!, b!);
        }

        if (Texts.TryGet(a, out var text) && Texts.TryGet(b, out var other))
        {
            context.Scan(Math.Min(text.Length, other.Length));
            return CodePointComparer.Instance.Compare(text, other);
        }

        return (a, b) switch
        {
            (ListValue left, ListValue right) => Compare(context, left, right, sign),
            (TupleValue left, TupleValue right) => Compare(context, left, right, sign),
            (Undefined undefined, _) => throw undefined.Error(),
            (_, Undefined undefined) => throw undefined.Error(),
            _ => throw Errors.Type(
                $"'{sign}' not supported between instances of '{TypeNames.Of(a)}' and '{TypeNames.Of(b)}'"
            ),
        };
    }

    /// <summary>The order of two numbers, exact even between integers and floats; null where one is NaN.</summary>
    public static int? CompareNumbers(object a, object b)
    {
        if (a is double x && b is double y)
        {
            return double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);
        }

        if (a is double left)
        {
            return CompareMixed(left, b);
        }

        if (b is double right)
        {
            return -CompareMixed(right, a);
        }

        Integers.TryGetBig(a, out var first);
        Integers.TryGetBig(b, out var second);
        return first.CompareTo(second);
    }

    public static bool IsNumber(object? value) => value is long or double or bool or BigInteger;

    private static int? CompareMixed(double number, object integer)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? null
                : number > 0 ? 1
                : -1;
        }

        Integers.TryGetBig(integer, out var exact);
        var floor = Math.Floor(number);
        var order = new BigInteger(floor).CompareTo(exact);
        return order == 0 && number > floor ? 1 : order;
    }

    private static int? Compare(RenderContext context, SequenceValue a, SequenceValue b, string sign)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        for (var i = 0; i < Math.Min(a.Items.Length, b.Items.Length); i++)
        {
            if (!Equality.AreSameOrEqual(context, a.Items[i], b.Items[i]))
            {
                return Compare(context, a.Items[i], b.Items[i], sign);
            }
        }

        return a.Items.Length.CompareTo(b.Items.Length);
    }
}
