using System.Numerics;
using System.Runtime.CompilerServices;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Operations;

/// <summary>
/// Python's <c>==</c> and the hashes that go with it: numbers compare by value whatever their type. Values may share
/// their parts many times over, so every part visited is counted.
/// </summary>
internal static class Equality
{
    /// <summary>Parts of a key that may be hashed; nothing counts the steps of dictionaries.</summary>
    private const int MaximumKeyParts = 1000;

    /// <param name="context">Counts the parts compared; null for keys of dictionaries, which are small.</param>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    public static bool AreEqual(RenderContext? context, object? a, object? b)
    {
        context?.Step(1);
        if (Integers.TryGet(a, out var x) && Integers.TryGet(b, out var y))
        {
            return x == y;
        }

        if (Texts.TryGet(a, out var text))
        {
            context?.Scan(text.Length);
            return Texts.TryGet(b, out var other) && string.Equals(text, other, StringComparison.Ordinal);
        }

        return (a, b) switch
        {
            (double or long or bool or BigInteger, double or long or bool or BigInteger) => Ordering.CompareNumbers(
                a,
                b
            ) == 0,
            (ListValue left, ListValue right) => AreEqual(context, left, right),
            (TupleValue left, TupleValue right) => AreEqual(context, left, right),
            (DictValue left, DictValue right) => AreEqual(context, left, right),
            (DictView { Kind: not DictViewKind.Values } left, DictView { Kind: not DictViewKind.Values } right) =>
                AreEqual(context, left, right),
            (RangeValue left, RangeValue right) => AreEqual(left, right),
            (Undefined, Undefined) => true,
            _ => ReferenceEquals(a, b),
        };
    }

    /// <summary>Python's equality inside of containers: what is the same is equal, even what is not equal to itself.</summary>
    public static bool AreSameOrEqual(RenderContext? context, object? a, object? b) =>
        ReferenceEquals(a, b) || AreEqual(context, a, b);

    /// <summary>Python's <c>is</c>. Small values that CPython keeps once are the same here whenever they are equal.</summary>
    public static bool AreSame(object? a, object? b) =>
        (a, b) switch
        {
            (bool x, bool y) => x == y,
            (long x, long y) => x == y,
            (double x, double y) => x.Equals(y),
            (string x, string y) => string.Equals(x, y, StringComparison.Ordinal),
            _ => ReferenceEquals(a, b),
        };

    /// <exception cref="JinjaException">A list or dictionary, or a tuple with one, has no hash.</exception>
    public static int Hash(object? value)
    {
        var parts = 0;
        return Hash(value, ref parts);
    }

    private static int Hash(object? value, ref int parts)
    {
        if (++parts > MaximumKeyParts)
        {
            throw Errors.Limit($"a key has more than {MaximumKeyParts} parts");
        }

        if (Integers.TryGet(value, out var integer))
        {
            return HashCode.Combine(integer);
        }

        if (Texts.TryGet(value, out var text))
        {
            return text.GetHashCode(StringComparison.Ordinal);
        }

        switch (value)
        {
            case null or Undefined:
                return 0;
            case BigInteger big:
                return big.GetHashCode();
            case double number:
                return Hash(number);
            case TupleValue tuple:
                var hash = new HashCode();
                foreach (var item in tuple.Items)
                {
                    hash.Add(Hash(item, ref parts));
                }

                return hash.ToHashCode();
            case ListValue or DictValue or DictView { Kind: not DictViewKind.Values }:
                throw Errors.Type($"unhashable type: '{TypeNames.Of(value)}'");
            case RangeValue range:
                return HashCode.Combine(range.Count);
            default:
                return RuntimeHelpers.GetHashCode(value);
        }
    }

    private static int Hash(double number)
    {
        if (number != Math.Floor(number) || !double.IsFinite(number))
        {
            return number.GetHashCode();
        }

        var integer = Integers.Normalize(new BigInteger(number));
        return integer is long small ? HashCode.Combine(small) : integer.GetHashCode();
    }

    private static bool AreEqual(RenderContext? context, SequenceValue a, SequenceValue b)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return a.Items.Length == b.Items.Length
            && a.Items.Zip(b.Items).All(pair => AreSameOrEqual(context, pair.First, pair.Second));
    }

    private static bool AreEqual(RenderContext? context, DictValue a, DictValue b)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return a.Count == b.Count
            && a.Entries.All(entry =>
                b.TryGet(entry.Key, out var other) && AreSameOrEqual(context, entry.Value, other)
            );
    }

    // As sets.
    private static bool AreEqual(RenderContext? context, DictView a, DictView b) =>
        a.Count == b.Count && Enumerable.Range(0, a.Count).All(i => Membership.Contains(context, b, a.At(i)));

    private static bool AreEqual(RangeValue a, RangeValue b) =>
        a.Count == b.Count && (a.Count == 0 || (a.Start == b.Start && (a.Count == 1 || a.Step == b.Step)));
}
