using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Filters that compare items, strings without case if not told otherwise.</summary>
internal static class OrderFilters
{
    private static readonly string[] GroupNames = ["grouper", "list"];

    public static object Sort(BoundArguments arguments)
    {
        var context = arguments.Context;
        var isCaseSensitive = arguments.Flag(2);
        return new ListValue(
            Sorting.Sort(
                context,
                Iteration.ToArray(context, arguments[0]),
                item => FoldAll(MemberPath.GetAll(context, item, arguments.GetOr(3, null)), isCaseSensitive),
                arguments.Flag(1)
            )
        );
    }

    public static object DictSort(BoundArguments arguments)
    {
        if (arguments[0] is not DictValue dict)
        {
            throw arguments.Wrong(0, "a dictionary");
        }

        var isByKey = arguments.TextOr(2, "key") switch
        {
            "key" => true,
            "value" => false,
            _ => throw Errors.Value("You can only sort by either \"key\" or \"value\""),
        };
        var isCaseSensitive = arguments.Flag(1);
        var sorted = Sorting.Sort(
            arguments.Context,
            dict.Entries.ToArray(),
            entry => Fold(isByKey ? entry.Key : entry.Value, isCaseSensitive),
            arguments.Flag(3)
        );
        return new ListValue(Array.ConvertAll(sorted, entry => (object?)new TupleValue([entry.Key, entry.Value])));
    }

    /// <summary>Pairs of a member's value and the items that have it, sorted by it.</summary>
    public static object GroupBy(BoundArguments arguments)
    {
        var context = arguments.Context;
        var isCaseSensitive = arguments.Flag(3);
        object? Member(object? item) => MemberPath.Get(context, item, arguments[1], arguments.GetOr(2, null));
        object? Key(object? item) => Fold(Member(item), isCaseSensitive);

        var items = Sorting.Sort(context, Iteration.ToArray(context, arguments[0]), Key, reverse: false);
        List<object?> groups = [];
        for (var start = 0; start < items.Length; )
        {
            var end = start + 1;
            while (end < items.Length && Equality.AreSameOrEqual(context, Key(items[start]), Key(items[end])))
            {
                end++;
            }

            context.AllocateItems(end - start + 2);
            groups.Add(new TupleValue([Member(items[start]), new ListValue(items[start..end])], GroupNames));
            start = end;
        }

        return new ListValue([.. groups]);
    }

    public static object Unique(BoundArguments arguments) =>
        new Generator(arguments.Context, "generator", UniqueItems(arguments));

    public static object? Extreme(BoundArguments arguments, bool largest)
    {
        var context = arguments.Context;
        var isCaseSensitive = arguments.Flag(1);
        object? best = Missing.Value;
        object? bestKey = null;
        foreach (var item in Iteration.Of(arguments[0]))
        {
            var key = Fold(MemberPath.Get(context, item, arguments.GetOr(2, null)), isCaseSensitive);
            if (
                best is Missing
                || (largest ? Ordering.IsLess(context, bestKey, key) : Ordering.IsLess(context, key, bestKey))
            )
            {
                (best, bestKey) = (item, key);
            }
        }

        return best is Missing ? Undefined.Because("No aggregated item, sequence was empty.") : best;
    }

    private static IEnumerable<object?> UniqueItems(BoundArguments arguments)
    {
        var isCaseSensitive = arguments.Flag(1);
        var seen = new DictValue();
        foreach (var item in Iteration.Of(arguments[0]))
        {
            var member = MemberPath.Get(arguments.Context, item, arguments.GetOr(2, null));
            var key = Fold(member, isCaseSensitive);
            if (!seen.TryGet(key, out _))
            {
                arguments.Context.AllocateItems(1);
                seen.Set(key, null);
                yield return item;
            }
        }
    }

    private static object? Fold(object? value, bool isCaseSensitive) =>
        !isCaseSensitive && Texts.TryGet(value, out var text) ? Casing.Lower(text) : value;

    private static ListValue FoldAll(ListValue values, bool isCaseSensitive) =>
        new(Array.ConvertAll(values.Items, value => Fold(value, isCaseSensitive)));
}
