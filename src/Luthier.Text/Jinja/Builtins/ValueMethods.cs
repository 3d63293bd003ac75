using System.Numerics;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>The methods and attributes of dictionaries, lists, tuples, ranges and numbers that change nothing.</summary>
internal static class ValueMethods
{
    private static readonly MethodTable<DictValue> OfDict = new(
        ("items", "/", (dict, _) => new DictView(dict, DictViewKind.Items)),
        ("keys", "/", (dict, _) => new DictView(dict, DictViewKind.Keys)),
        ("values", "/", (dict, _) => new DictView(dict, DictViewKind.Values)),
        ("get", "key default? /", (dict, a) => dict.TryGet(a[0], out var found) ? found : a.GetOr(1, null)),
        ("copy", "/", (dict, _) => dict)
    );

    private static readonly MethodTable<DictView> OfView = new(
        (
            "isdisjoint",
            "other /",
            (view, a) => !Iteration.Of(a[0]).Any(item => Membership.Contains(a.Context, view, item))
        )
    );

    private static readonly MethodTable<SequenceValue> OfSequence = new(
        ("index", "value start? stop? /", (sequence, a) => IndexIn(a, sequence)),
        (
            "count",
            "value /",
            (sequence, a) => (long)sequence.Items.Count(item => Equality.AreSameOrEqual(a.Context, item, a[0]))
        )
    );

    private static readonly MethodTable<SequenceValue> OfList = new(("copy", "/", (list, _) => list));

    private static readonly MethodTable<RangeValue> OfRange = new(
        ("count", "value /", (range, a) => Membership.Contains(a.Context, range, a[0]) ? 1L : 0L),
        ("index", "value /", (range, a) => IndexIn(range, a))
    );

    private static readonly MethodTable<BigInteger> OfInteger = new(
        ("bit_length", "/", (value, _) => (long)BigInteger.Abs(value).GetBitLength()),
        ("conjugate", "/", (value, _) => Integers.Normalize(value)),
        ("as_integer_ratio", "/", (value, _) => new TupleValue([Integers.Normalize(value), 1L]))
    );

    private static readonly MethodTable<double> OfFloat = new(
        ("is_integer", "/", (value, _) => double.IsFinite(value) && value == Math.Floor(value)),
        ("conjugate", "/", (value, _) => value)
    );

    public static bool TryGet(object? value, string name, out object? attribute)
    {
        attribute = value switch
        {
            DictValue dict => OfDict.Find(dict, name),
            DictView view => name is "mapping" ? view.Dict
            : view.Kind == DictViewKind.Values ? Missing.Value
            : OfView.Find(view, name),
            SequenceValue sequence => OfSequence.Find(sequence, name) is not Missing and var method ? method
            : sequence is ListValue ? OfList.Find(sequence, name)
            : Missing.Value,
            RangeValue range => Property(range, name) ?? OfRange.Find(range, name),
            double number => Property(name, number, 0.0) ?? OfFloat.Find(number, name),
            _ => !Integers.TryGetBig(value, out var integer)
                ? Missing.Value
                : Property(name, Integers.Normalize(integer), 0L) ?? OfInteger.Find(integer, name),
        };
        return attribute != (object)Missing.Value;
    }

    private static object? Property(RangeValue range, string name) =>
        name switch
        {
            "start" => range.Start,
            "stop" => range.Stop,
            "step" => range.Step,
            _ => null,
        };

    private static object? Property(string name, object value, object zero) =>
        name switch
        {
            "real" => value,
            "imag" => zero,
            "numerator" when value is not double => value,
            "denominator" when value is not double => 1L,
            _ => null,
        };

    private static long IndexIn(BoundArguments arguments, SequenceValue sequence)
    {
        var bounds = SliceBounds.Of(arguments[1], arguments[2], null, sequence.Items.Length);
        foreach (var index in bounds.Indices())
        {
            if (Equality.AreSameOrEqual(arguments.Context, sequence.Items[index], arguments[0]))
            {
                return index;
            }
        }

        throw NotIn(arguments[0], TypeNames.Of(sequence));
    }

    private static long IndexIn(RangeValue range, BoundArguments arguments) =>
        Membership.Contains(arguments.Context, range, arguments[0])
            ? ((long)Numbers.ToDouble(arguments[0]!) - range.Start) / range.Step
            : throw NotIn(arguments[0], "range");

    private static JinjaException NotIn(object? value, string container) =>
        Errors.Value($"{Printing.ReprForMessage(value)} is not in {container}");
}
