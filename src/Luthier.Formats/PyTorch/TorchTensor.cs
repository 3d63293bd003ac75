using System.Runtime.CompilerServices;
using Luthier.Tensors;
using Luthier.Tensors.Memory;

namespace Luthier.Formats.PyTorch;

/// <summary>A block of elements in the archive.</summary>
/// <param name="DType">Type of the elements.</param>
/// <param name="Entry">Where the bytes are.</param>
/// <param name="Count">Number of elements.</param>
internal sealed record TorchStorage(DType DType, ZipEntry Entry, long Count);

/// <summary>A strided view of a storage, checked to lie within it.</summary>
internal sealed unsafe class TorchTensor
{
    private const int MaxRank = 64;

    private readonly TorchStorage storage;
    private readonly long offset;
    private readonly int[] shape;
    private readonly long[] strides;

    private TorchTensor(TorchStorage storage, long offset, int[] shape, long[] strides)
    {
        this.storage = storage;
        this.offset = offset;
        this.shape = shape;
        this.strides = strides;
    }

    public DType DType => storage.DType;

    public int[] Shape => shape;

    /// <summary>Equal for tensors of one file that are the same elements in the same order; otherwise null.</summary>
    public object? Identity(object file)
    {
        var count = shape.Aggregate(1L, (product, dimension) => product * dimension);
        return count > 0 && IsContiguous() ? (file, storage.Entry.Offset, offset, DType, count) : null;
    }

    /// <param name="storage">What it is a view of.</param>
    /// <param name="offset">First element.</param>
    /// <param name="size">Dimensions.</param>
    /// <param name="stride">Elements between neighbours, for each dimension.</param>
    /// <param name="maxBytes">
    /// The most that the elements may take: a view that repeats elements could be far larger than its file.
    /// </param>
    /// <exception cref="PickleException">The view is not within the storage.</exception>
    public static TorchTensor Create(TorchStorage storage, long offset, long[] size, long[] stride, long maxBytes)
    {
        var text = $"shape [{string.Join(", ", size)}], strides [{string.Join(", ", stride)}] and offset {offset}";
        if (size.Length != stride.Length || size.Length > MaxRank || offset < 0)
        {
            throw new PickleException($"a tensor with {text}");
        }

        var bytes = (UInt128)storage.DType.Size();
        var last = (UInt128)offset;
        for (var i = 0; i < size.Length; i++)
        {
            if (size[i] is < 0 or > int.MaxValue || stride[i] < 0)
            {
                throw new PickleException($"a tensor with {text}");
            }

            // Bounded here, so that the products of the next dimensions can't overflow.
            bytes = UInt128.Min(bytes * (UInt128)size[i], (UInt128)long.MaxValue);
            last += (UInt128)Math.Max(size[i] - 1, 0) * (UInt128)stride[i];
        }

        if (bytes > (UInt128)maxBytes || (bytes > 0 && last >= (UInt128)storage.Count))
        {
            throw new PickleException($"a tensor with {text} is not within its storage of {storage.Count} elements");
        }

        return new TorchTensor(storage, offset, [.. size.Select(dimension => (int)dimension)], stride);
    }

    /// <summary>A view of the mapped file where the elements lie in row-major order, otherwise a copy.</summary>
    public Tensor Open(MappedFile file, object owner)
    {
        var source = file.Pointer + storage.Entry.Offset;
        var itemBytes = DType.Size();
        if (IsContiguous())
        {
            // An empty view may start behind its storage.
            var start = Math.Min(offset, storage.Count) * itemBytes;
            return new Tensor(source + start, DType, shape, owner);
        }

        var tensor = Tensor.Create(DType, shape);
        var target = tensor.Data;
        CopyTo(ref target, source + (offset * itemBytes), dimension: 0, itemBytes);
        GC.KeepAlive(owner);
        return tensor;
    }

    private bool IsContiguous()
    {
        if (Array.IndexOf(shape, 0) >= 0)
        {
            return true;
        }

        var expected = 1L;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            if (shape[i] != 1 && strides[i] != expected)
            {
                return false;
            }

            expected *= shape[i];
        }

        return true;
    }

    private void CopyTo(ref byte* target, byte* source, int dimension, int itemBytes)
    {
        var count = shape[dimension];
        var step = strides[dimension] * itemBytes;
        if (dimension < shape.Length - 1)
        {
            for (var i = 0; i < count; i++)
            {
                CopyTo(ref target, source + (i * step), dimension + 1, itemBytes);
            }

            return;
        }

        switch (itemBytes)
        {
            case 1:
                CopyRow<byte>(target, source, count, step);
                break;
            case 2:
                CopyRow<ushort>(target, source, count, step);
                break;
            case 4:
                CopyRow<uint>(target, source, count, step);
                break;
            default:
                CopyRow<ulong>(target, source, count, step);
                break;
        }

        target += (long)count * itemBytes;
    }

    private static void CopyRow<T>(byte* target, byte* source, int count, long step)
        where T : unmanaged
    {
        for (var i = 0; i < count; i++)
        {
            ((T*)target)[i] = Unsafe.ReadUnaligned<T>(source + (i * step));
        }
    }
}
