using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Filters that take lists apart and put them together.</summary>
internal static class ListFilters
{
    public static object? First(BoundArguments arguments)
    {
        foreach (var item in Iteration.Of(arguments[0]))
        {
            return item;
        }

        return Undefined.Because("No first item, sequence was empty.");
    }

    public static object? Last(BoundArguments arguments)
    {
        if (arguments[0] is Undefined)
        {
            return Undefined.Because("No last item, sequence was empty.");
        }

        if (!Iteration.TryReverse(arguments[0], out var items))
        {
            throw Errors.Type($"'{TypeNames.Of(arguments[0])}' object is not reversible");
        }

        CountText(arguments);
        return items.Take(1).DefaultIfEmpty(Undefined.Because("No last item, sequence was empty.")).Single();
    }

    public static object Reverse(BoundArguments arguments)
    {
        var value = arguments[0];
        if (Texts.TryGet(value, out var text))
        {
            var reversed = PythonText.Characters(text).Reverse();
            return Texts.Like(value, Joining.Join(arguments.Context, "", reversed));
        }

        if (Iteration.TryReverse(value, out var items) || value is Undefined)
        {
            return new Generator(arguments.Context, value is ListValue ? "list_reverseiterator" : "reversed", items);
        }

        var all = Iteration.ToArray(arguments.Context, value);
        Array.Reverse(all);
        return new ListValue(all);
    }

    /// <summary>The items as text with a separator in between.</summary>
    public static object Join(BoundArguments arguments)
    {
        var context = arguments.Context;
        var items = Iteration.Of(arguments[0]);
        if (arguments.HasValue(2))
        {
            items = items.Select(item => MemberPath.Get(context, item, arguments[2]));
        }

        var separator = arguments.Has(1) ? arguments.Printed(1) : "";
        return Joining.Join(context, separator, items.Select(item => Printing.Str(context, item)));
    }

    /// <summary>Lists of so many items each.</summary>
    public static object Batch(BoundArguments arguments)
    {
        var size = arguments.Integer(1, 0);
        return Lazy(arguments, Batches(Iteration.Of(arguments[0]), arguments, size));
    }

    /// <summary>So many lists, with the items one after the other.</summary>
    public static object Slice(BoundArguments arguments)
    {
        var count = arguments.Integer(1, 0);
        return Lazy(arguments, Slices(arguments, count));
    }

    public static object Items(BoundArguments arguments) =>
        Lazy(
            arguments,
            arguments[0] switch
            {
                Undefined => [],
                DictValue dict => Iteration.Of(new DictView(dict, DictViewKind.Items)),
                _ => throw Errors.Type("Can only get item pairs from a mapping."),
            }
        );

    private static Generator Lazy(BoundArguments arguments, IEnumerable<object?> items) =>
        new(arguments.Context, "generator", items);

    private static IEnumerable<object?> Batches(IEnumerable<object?> items, BoundArguments arguments, int size)
    {
        List<object?> batch = [];
        foreach (var item in items)
        {
            if (batch.Count == size)
            {
                yield return new ListValue([.. batch]);
                batch.Clear();
            }

            arguments.Context.AllocateItems(1);
            batch.Add(item);
        }

        if (batch.Count == 0)
        {
            yield break;
        }

        if (arguments.HasValue(2) && batch.Count < size)
        {
            arguments.Context.AllocateItems(size - batch.Count);
            batch.AddRange(Enumerable.Repeat(arguments[2], size - batch.Count));
        }

        yield return new ListValue([.. batch]);
    }

    private static IEnumerable<object?> Slices(BoundArguments arguments, int count)
    {
        var items = Iteration.ToArray(arguments.Context, arguments[0]);
        if (count == 0)
        {
            throw Errors.Value("integer division or modulo by zero");
        }

        var (size, larger) = Math.DivRem(items.Length, count);
        var start = 0;
        for (var i = 0; i < count; i++)
        {
            arguments.Context.Step(1);
            var end = start + size + (i < larger ? 1 : 0);
            arguments.Context.AllocateItems(end - start);
            var slice = items[start..end];
            yield return new ListValue(i >= larger && arguments.HasValue(2) ? [.. slice, arguments[2]] : slice);
            start = end;
        }
    }

    private static void CountText(BoundArguments arguments)
    {
        if (Texts.TryGet(arguments[0], out var text))
        {
            arguments.Context.Step(text.Length);
        }
    }
}
