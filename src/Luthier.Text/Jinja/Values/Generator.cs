using Luthier.Text.Jinja.Running;

namespace Luthier.Text.Jinja.Values;

/// <summary>
/// Items that are worked out while they are taken, and can be taken once: what <c>map</c>, <c>select</c> and their like
/// give. It is true even when there are none.
/// </summary>
internal sealed class Generator(RenderContext context, string typeName, IEnumerable<object?> items)
{
    private IEnumerator<object?>? enumerator;
    private bool isRunning;

    /// <summary>Python's name for its kind.</summary>
    public string TypeName => typeName;

    public bool TryTake(out object? item)
    {
        // One that takes from itself, or from another a long way down.
        if (isRunning)
        {
            throw new JinjaException(JinjaErrorKind.Evaluation, "the generator takes items from itself");
        }

        context.Visit(context.Position);
        isRunning = true;
        try
        {
            enumerator ??= items.GetEnumerator();
            var taken = enumerator.MoveNext();
            item = taken ? enumerator.Current : null;
            return taken;
        }
        finally
        {
            isRunning = false;
        }
    }

    public IEnumerable<object?> Rest()
    {
        while (TryTake(out var item))
        {
            yield return item;
        }
    }
}
