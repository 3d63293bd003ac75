namespace Luthier.Text.Jinja.Values;

internal enum DictViewKind
{
    Keys,
    Values,
    Items,
}

/// <summary>The keys, values or pairs of a dictionary.</summary>
internal sealed class DictView(DictValue dict, DictViewKind kind)
{
    public DictValue Dict => dict;

    public DictViewKind Kind => kind;

    public int Count => dict.Count;

    public object? At(int index) =>
        kind switch
        {
            DictViewKind.Keys => dict.KeyAt(index),
            DictViewKind.Values => dict.ValueAt(index),
            _ => new TupleValue([dict.KeyAt(index), dict.ValueAt(index)]),
        };
}
