namespace Luthier.Formats.PyTorch;

/// <summary>A Python name that a pickle refers to. It is only a name: nothing is imported.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A Python tuple; torch.Size is one too.</summary>
internal sealed class PickleTuple(object?[] items)
{
    public object?[] Items { get; } = items;
}

/// <summary>A Python set. Protocol 2 can only make an empty one.</summary>
internal sealed class PickleSet;

/// <summary>A Python dictionary, ordered. Keys are strings, integers, floats, booleans.</summary>
internal sealed class PickleDictionary
{
    private OrderedDictionary<object, object?>? items;

    public IEnumerable<KeyValuePair<object, object?>> Items => items ?? [];

    public bool TryAdd(object key, object? value) => (items ??= new(KeyComparer.Instance)).TryAdd(key, value);

    /// <summary>Hashes that a file's author can't make collide: those of .NET's numbers are no secret.</summary>
    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static readonly KeyComparer Instance = new();

        public new bool Equals(object? x, object? y) => object.Equals(x, y);

        public int GetHashCode(object obj) =>
            obj switch
            {
                long value => HashCode.Combine((int)value, (int)(value >> 32)),
                double value => GetHashCode(BitConverter.DoubleToInt64Bits(value)),
                _ => obj.GetHashCode(),
            };
    }
}
