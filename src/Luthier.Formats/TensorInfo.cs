using Luthier.Tensors;

namespace Luthier.Formats;

/// <summary>What is known of a tensor in a file before any of its data is read or written.</summary>
public sealed class TensorInfo
{
    /// <exception cref="OverflowException">The shape has more than 2⁶³ bytes.</exception>
    /// <exception cref="ArgumentException">The elements are not whole blocks of a block type.</exception>
    public TensorInfo(string name, DType dtype, params ReadOnlySpan<int> shape)
    {
        Name = name;
        DType = dtype;
        Shape = shape.ToArray();
        var count = 1L;
        foreach (var dimension in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimension);
            count = checked(count * dimension);
        }

        Count = count;
        Bytes = dtype.Bytes(count);
    }

    public string Name { get; }

    public DType DType { get; }

    public int[] Shape { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    public long Bytes { get; }

    /// <summary>
    /// Tensors with an equal key share their memory (tied weights): they count once in a shard plan and go into one
    /// file. Null: the tensor shares with no other.
    /// </summary>
    public object? Storage { get; init; }

    /// <summary>Name, type and shape, for messages.</summary>
    public override string ToString() => $"{Name} {DType}{Tensor.Format(Shape)}";
}
