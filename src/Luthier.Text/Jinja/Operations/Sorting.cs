using Luthier.Text.Jinja.Running;

namespace Luthier.Text.Jinja.Operations;

/// <summary>Python's stable sort.</summary>
internal static class Sorting
{
    /// <param name="context">Counts the comparisons.</param>
    /// <param name="items">What to sort.</param>
    /// <param name="key">What to sort it by.</param>
    /// <param name="reverse">From the largest to the smallest; what is equal stays in order.</param>
    /// <exception cref="JinjaException">Two keys have no order.</exception>
    public static T[] Sort<T>(RenderContext context, T[] items, Func<T, object?> key, bool reverse)
    {
        context.AllocateItems(items.Length);
        var keyed = Array.ConvertAll(items, item => (Key: key(item), Item: item));
        Sort(context, keyed, new (object? Key, T Item)[keyed.Length], 0, keyed.Length, reverse);
        return Array.ConvertAll(keyed, pair => pair.Item);
    }

    // Merge sort: .NET's own hides what a comparison throws.
    private static void Sort<T>(
        RenderContext context,
        (object? Key, T Item)[] items,
        (object? Key, T Item)[] scratch,
        int start,
        int end,
        bool reverse
    )
    {
        if (end - start < 2)
        {
            return;
        }

        var middle = (start + end) / 2;
        Sort(context, items, scratch, start, middle, reverse);
        Sort(context, items, scratch, middle, end, reverse);
        Array.Copy(items, start, scratch, start, end - start);
        var left = start;
        var right = middle;
        for (var i = start; i < end; i++)
        {
            var takesRight =
                left == middle
                || (
                    right < end
                    && (
                        reverse
                            ? Ordering.IsLess(context, scratch[left].Key, scratch[right].Key)
                            : Ordering.IsLess(context, scratch[right].Key, scratch[left].Key)
                    )
                );
            items[i] = takesRight ? scratch[right++] : scratch[left++];
        }
    }
}
