namespace Luthier.Text.Jinja.Values;

/// <summary>A list or tuple; neither changes.</summary>
internal abstract class SequenceValue(object?[] items)
{
    public object?[] Items => items;

    /// <summary>One of the same kind with other items.</summary>
    public abstract SequenceValue With(object?[] items);
}

internal sealed class ListValue(object?[] items) : SequenceValue(items)
{
    public override SequenceValue With(object?[] items) => new ListValue(items);
}

/// <summary>A tuple, perhaps with names for its items.</summary>
internal sealed class TupleValue(object?[] items, IReadOnlyList<string>? names = null) : SequenceValue(items)
{
    public IReadOnlyList<string> Names => names ?? [];

    public override SequenceValue With(object?[] items) => new TupleValue(items);
}
