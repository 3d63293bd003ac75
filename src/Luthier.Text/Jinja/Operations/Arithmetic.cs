using Luthier.Text.Jinja.Formatting;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Operations;

/// <summary>Python's operators on numbers, strings and lists.</summary>
internal static class Arithmetic
{
    public static object? Apply(RenderContext context, string sign, object? a, object? b)
    {
        if (Ordering.IsNumber(a) && Ordering.IsNumber(b))
        {
            return Numbers.Apply(sign, a!, b!);
        }

        // A string is formatted whatever the other side is; elsewhere what is undefined is the error.
        return sign is "%" && Texts.TryGet(a, out _) ? PercentFormat.Apply(context, a, b)
            : a is Undefined left ? throw left.Error()
            : b is Undefined right ? throw right.Error()
            : sign switch
            {
                "+" => Add(context, a, b),
                "*" => Multiply(context, a, b),
                _ => throw Unsupported(sign, a, b),
            };
    }

    public static object? Negate(object? value) =>
        value switch
        {
            double number => -number,
            Undefined undefined => throw undefined.Error(),
            _ => Integers.TryGetBig(value, out var integer)
                ? Integers.Normalize(-integer)
                : throw Errors.Type($"bad operand type for unary -: '{TypeNames.Of(value)}'"),
        };

    public static object? Plus(object? value) =>
        value switch
        {
            double => value,
            Undefined undefined => throw undefined.Error(),
            _ => Integers.TryGetBig(value, out var integer)
                ? Integers.Normalize(integer)
                : throw Errors.Type($"bad operand type for unary +: '{TypeNames.Of(value)}'"),
        };

    private static object Add(RenderContext context, object? a, object? b)
    {
        if (Texts.TryGet(a, out var left) && Texts.TryGet(b, out var right))
        {
            context.Allocate((long)left.Length + right.Length);
            if (a is string && b is string)
            {
                return left + right;
            }

            return new Markup(
                (a is Markup ? left : Markup.Escape(left)) + (b is Markup ? right : Markup.Escape(right))
            );
        }

        if (a is SequenceValue first && b is SequenceValue second && first.GetType() == second.GetType())
        {
            context.AllocateItems((long)first.Items.Length + second.Items.Length);
            return first.With([.. first.Items, .. second.Items]);
        }

        throw (a, b) switch
        {
            (string or Markup, _) => Errors.Type($"can only concatenate str (not \"{TypeNames.Of(b)}\") to str"),
            (ListValue, _) => Errors.Type($"can only concatenate list (not \"{TypeNames.Of(b)}\") to list"),
            (TupleValue, _) => Errors.Type($"can only concatenate tuple (not \"{TypeNames.Of(b)}\") to tuple"),
            _ => Unsupported("+", a, b),
        };
    }

    private static object Multiply(RenderContext context, object? a, object? b)
    {
        if (Integers.TryGet(a, out var times))
        {
            (a, b) = (b, a);
        }
        else if (!Integers.TryGet(b, out times))
        {
            throw Unsupported("*", a, b);
        }

        times = Math.Clamp(times, 0, int.MaxValue);
        if (Texts.TryGet(a, out var text))
        {
            context.Allocate(text.Length * times);
            return Texts.Like(a, text.Length == 0 ? "" : string.Concat(Enumerable.Repeat(text, (int)times)));
        }

        if (a is SequenceValue sequence)
        {
            context.AllocateItems(sequence.Items.Length * times);
            return sequence.With(
                sequence.Items.Length == 0 ? [] : [.. Enumerable.Repeat(sequence.Items, (int)times).SelectMany(i => i)]
            );
        }

        throw Unsupported("*", a, b);
    }

    private static JinjaException Unsupported(string sign, object? a, object? b) =>
        Errors.Type($"unsupported operand type(s) for {sign}: '{TypeNames.Of(a)}' and '{TypeNames.Of(b)}'");
}
