using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Operations;

/// <summary>Python's <c>iter</c>, <c>len</c>, <c>list</c> and <c>reversed</c>.</summary>
internal static class Iteration
{
    /// <exception cref="JinjaException">The value has no items.</exception>
    public static IEnumerable<object?> Of(object? value) =>
        TryGet(value, out var items) ? items : throw Errors.Type($"'{TypeNames.Of(value)}' object is not iterable");

    public static bool TryGet(object? value, out IEnumerable<object?> items)
    {
        var found = value switch
        {
            SequenceValue sequence => sequence.Items,
            DictValue dict => dict.Keys,
            DictView view => Enumerable.Range(0, view.Count).Select(view.At),
            Generator generator => generator.Rest(),
            RangeValue range => Numbers(range),
            Undefined => [],
            _ => Texts.TryGet(value, out var text) ? PythonText.Characters(text) : (IEnumerable<object?>?)null,
        };
        items = found ?? [];
        return found is not null;
    }

    /// <summary>All items at once, counted.</summary>
    public static object?[] ToArray(RenderContext context, object? value)
    {
        List<object?> items = new(TryCount(value, out var count) ? Reserve(context, count) : 0);
        foreach (var item in Of(value))
        {
            context.AllocateItems(1);
            items.Add(item);
        }

        return [.. items];
    }

    public static ListValue ToList(RenderContext context, object? value) => new(ToArray(context, value));

    /// <summary>How many items there are, where that is known without taking them.</summary>
    public static bool TryCount(object? value, out long count)
    {
        long? found = value switch
        {
            SequenceValue sequence => sequence.Items.Length,
            DictValue dict => dict.Count,
            DictView view => view.Count,
            RangeValue range => range.Count,
            LoopValue loop => loop.Length,
            Undefined => 0,
            _ => Texts.TryGet(value, out var text) ? PythonText.Length(text) : null,
        };
        count = found ?? 0;
        return found is not null;
    }

    /// <exception cref="JinjaException">The value has no length.</exception>
    public static long Count(RenderContext context, object? value)
    {
        if (Texts.TryGet(value, out var text))
        {
            context.Scan(text.Length);
        }

        return TryCount(value, out var count)
            ? count
            : throw Errors.Type($"object of type '{TypeNames.Of(value)}' has no len()");
    }

    /// <summary>The items from the last to the first, where the value knows its last.</summary>
    public static bool TryReverse(object? value, out IEnumerable<object?> items)
    {
        var found = value switch
        {
            SequenceValue sequence => sequence.Items.AsEnumerable().Reverse(),
            DictValue dict => Enumerable.Range(0, dict.Count).Select(i => dict.KeyAt(dict.Count - 1 - i)),
            DictView view => Enumerable.Range(0, view.Count).Select(i => view.At(view.Count - 1 - i)),
            RangeValue range => Numbers(range).Reverse(),
            _ => Texts.TryGet(value, out var text) ? PythonText.Characters(text).Reverse() : null,
        };
        items = found ?? [];
        return found is not null;
    }

    private static int Reserve(RenderContext context, long count)
    {
        context.Step(count);
        return (int)Math.Min(count, 1 << 16);
    }

    private static IEnumerable<object?> Numbers(RangeValue range)
    {
        var count = range.Count;
        for (var i = 0L; i < count; i++)
        {
            yield return range.At(i);
        }
    }
}
