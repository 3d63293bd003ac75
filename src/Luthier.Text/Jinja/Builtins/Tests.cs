using System.Collections.Frozen;
using System.Numerics;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Tree;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>The tests of Jinja2: what stands after <c>is</c>.</summary>
internal static class Tests
{
    private static readonly FrozenDictionary<string, (Signature Signature, Func<BoundArguments, bool> Body)> All =
        Table()
            .ToFrozenDictionary(
                test => test.Name,
                test => (new Signature(test.Name, test.Parameters), test.Body),
                StringComparer.Ordinal
            );

    public static bool Exists(string name) => All.ContainsKey(name);

    /// <exception cref="JinjaException">There is no such test, or it can't be asked of this.</exception>
    public static bool Holds(RenderContext context, string name, object? value, Arguments arguments) =>
        All.TryGetValue(name, out var test)
            ? test.Body(test.Signature.Bind(context, arguments.Prepend(value)))
            : throw Errors.Type($"No test named '{name}' found.");

    private static IEnumerable<(string Name, string Parameters, Func<BoundArguments, bool> Body)> Table() =>
        [
            ("defined", "value", a => a[0] is not Undefined),
            ("undefined", "value", a => a[0] is Undefined),
            ("none", "value", a => a[0] is null),
            ("boolean", "value", a => a[0] is bool),
            ("true", "value", a => a[0] is true),
            ("false", "value", a => a[0] is false),
            ("integer", "value", a => a[0] is long or BigInteger),
            ("float", "value", a => a[0] is double),
            ("number", "value", a => Ordering.IsNumber(a[0])),
            ("string", "value", a => Texts.TryGet(a[0], out _)),
            ("mapping", "value", a => a[0] is DictValue),
            ("iterable", "value", a => Iteration.TryGet(a[0], out _)),
            ("sequence", "value", a => IsSequence(a[0])),
            ("callable", "obj /", a => a[0] is Callable or Undefined),
            ("escaped", "value", a => a[0] is Markup),
            ("lower", "value", a => StringMethods.IsLower(a.Printed(0))),
            ("upper", "value", a => StringMethods.IsUpper(a.Printed(0))),
            ("odd", "value", a => IsRemainder(a, 2L, 1L)),
            ("even", "value", a => IsRemainder(a, 2L, 0L)),
            ("divisibleby", "value num", a => IsRemainder(a, a[1], 0L)),
            ("sameas", "value other", a => Equality.AreSame(a[0], a[1])),
            ("in", "value seq", a => Membership.Contains(a.Context, a[1], a[0])),
            ("filter", "value", a => IsNameOf(a[0], Filters.Exists)),
            ("test", "value", a => IsNameOf(a[0], Exists)),
            .. Comparisons("==", "==", "eq", "equalto"),
            .. Comparisons("!=", "!=", "ne"),
            .. Comparisons(">", ">", "gt", "greaterthan"),
            .. Comparisons(">=", ">=", "ge"),
            .. Comparisons("<", "<", "lt", "lessthan"),
            .. Comparisons("<=", "<=", "le"),
        ];

    private static IEnumerable<(string, string, Func<BoundArguments, bool>)> Comparisons(
        string sign,
        params string[] names
    ) =>
        names.Select(name =>
            (name, "a b /", (Func<BoundArguments, bool>)(a => Comparison.Holds(a.Context, sign, a[0], a[1])))
        );

    // What has a length and items; of a dictionary too.
    private static bool IsSequence(object? value) =>
        value is SequenceValue or DictValue or RangeValue or Undefined || Texts.TryGet(value, out _);

    private static bool IsNameOf(object? value, Func<string, bool> exists)
    {
        if (Texts.TryGet(value, out var name))
        {
            return exists(name);
        }

        // Python looks it up in a dictionary, which can't be asked for lists.
        _ = Equality.Hash(value);
        return false;
    }

    private static bool IsRemainder(BoundArguments arguments, object? divisor, object remainder)
    {
        var rest = Arithmetic.Apply(arguments.Context, "%", arguments[0], divisor);
        return Equality.AreEqual(arguments.Context, rest, remainder);
    }
}
