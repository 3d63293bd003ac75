using System.Diagnostics.CodeAnalysis;
using Luthier.Text.Jinja.Operations;

namespace Luthier.Text.Jinja.Values;

/// <summary>A dictionary in the order of insertion, with Python's equality of keys: 1, 1.0 and True are the same.</summary>
internal sealed class DictValue
{
    private static readonly object NoneKey = new();

    private readonly OrderedDictionary<object, object?> entries;

    public DictValue(int capacity = 0) => entries = new(capacity, KeyComparer.Instance);

    public int Count => entries.Count;

    public IEnumerable<object?> Keys
    {
        get
        {
            foreach (var (key, _) in entries)
            {
                yield return FromKey(key);
            }
        }
    }

    public IEnumerable<KeyValuePair<object?, object?>> Entries
    {
        get
        {
            foreach (var (key, value) in entries)
            {
                yield return new(FromKey(key), value);
            }
        }
    }

    /// <summary>The key of the entry at a place.</summary>
    public object? KeyAt(int index) => FromKey(entries.GetAt(index).Key);

    public object? ValueAt(int index) => entries.GetAt(index).Value;

    /// <summary>The value of a key; for building, and for what owns the dictionary.</summary>
    /// <exception cref="JinjaException">The key is of a kind that can't be one.</exception>
    public void Set(object? key, object? value) => entries[ToKey(key)] = value;

    /// <exception cref="JinjaException">The key is of a kind that can't be one.</exception>
    public bool TryGet(object? key, [MaybeNullWhen(false)] out object? value) =>
        entries.TryGetValue(ToKey(key), out value);

    private static object ToKey(object? key) => key ?? NoneKey;

    private static object? FromKey(object key) => key == NoneKey ? null : key;

    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static readonly KeyComparer Instance = new();

        public new bool Equals(object? x, object? y) => Equality.AreSameOrEqual(null, x, y);

        public int GetHashCode(object key) => key == NoneKey ? 0 : Equality.Hash(key);
    }
}
