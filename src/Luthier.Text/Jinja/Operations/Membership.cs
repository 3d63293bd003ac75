using System.Numerics;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Operations;

/// <summary>Python's <c>in</c>.</summary>
internal static class Membership
{
    /// <param name="context">Counts what is compared; null where that is small.</param>
    /// <param name="container">Where to look.</param>
    /// <param name="item">What for.</param>
    /// <exception cref="JinjaException">The container is none, or can't hold such an item.</exception>
    public static bool Contains(RenderContext? context, object? container, object? item)
    {
        switch (container)
        {
            case DictValue dict:
                return dict.TryGet(item, out _);
            case DictView { Kind: DictViewKind.Keys } keys:
                return keys.Dict.TryGet(item, out _);
            case DictView { Kind: DictViewKind.Items } pairs:
                return item is TupleValue { Items: [var key, var value] }
                    && pairs.Dict.TryGet(key, out var found)
                    && Equality.AreSameOrEqual(context, found, value);
            case DictView view:
                return view.Dict.Entries.Any(entry => Equality.AreSameOrEqual(context, entry.Value, item));
            case SequenceValue sequence:
                return Array.Exists(sequence.Items, i => Equality.AreSameOrEqual(context, i, item));
            case RangeValue range:
                return Contains(range, item);
            case Generator generator:
                return generator.Rest().Any(i => Equality.AreSameOrEqual(context, i, item));
            case Undefined:
                return false;
            default:
                return ContainsText(context, container, item);
        }
    }

    private static bool ContainsText(RenderContext? context, object? container, object? item)
    {
        if (!Texts.TryGet(container, out var text))
        {
            throw Errors.Type($"argument of type '{TypeNames.Of(container)}' is not iterable");
        }

        if (!Texts.TryGet(item, out var sought))
        {
            throw Errors.Type($"'in <string>' requires string as left operand, not {TypeNames.Of(item)}");
        }

        if (context is not null)
        {
            Texts.CountSearch(context, text, sought);
        }

        return text.Contains(sought, StringComparison.Ordinal);
    }

    private static bool Contains(RangeValue range, object? item)
    {
        if (item is double number && number == Math.Floor(number) && double.IsFinite(number))
        {
            item = Integers.Normalize(new BigInteger(number));
        }

        if (!Integers.TryGet(item, out var value))
        {
            return false;
        }

        var inside =
            range.Step > 0 ? value >= range.Start && value < range.Stop : value <= range.Start && value > range.Stop;
        return inside && (value - range.Start) % range.Step == 0;
    }
}
