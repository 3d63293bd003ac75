using System.Diagnostics;
using Luthier.Tensors.Memory;

namespace Luthier.Tensors;

/// <summary>
/// A row-major array of elements in native memory, or a view of a mapped file. Lifetimes belong to whoever holds the
/// memory (an arena's step, a mapped file, <see cref="Owner"/>); a tensor itself is only pointer, type and shape,
/// and, during training, the gradient that belongs to it.
/// </summary>
[DebuggerDisplay("{Describe()}")]
public sealed unsafe class Tensor
{
    private readonly int[] shape;
    private Tensor? gradient;
    private bool gradientIsCleared;

    /// <param name="data">First element; must stay valid as long as the tensor is used.</param>
    /// <param name="owner">What keeps the memory alive: held, never called.</param>
    public Tensor(void* data, DType dtype, ReadOnlySpan<int> shape, object? owner = null)
    {
        Data = (byte*)data;
        DType = dtype;
        this.shape = shape.ToArray();
        Count = CountOf(shape);
        Rows = shape.Length == 0 ? 1 : checked((int)CountOf(shape[..^1]));
        Bytes = BytesOf(dtype, shape);
        Owner = owner;
    }

    public DType DType { get; }

    /// <summary>First element.</summary>
    public byte* Data { get; internal set; }

    /// <summary>Number of elements.</summary>
    public long Count { get; private set; }

    public long Bytes { get; private set; }

    public ReadOnlySpan<int> Shape => shape;

    public int Rank => shape.Length;

    /// <summary>All dimensions but the last, multiplied: the rows of the matrix that kernels see.</summary>
    public int Rows { get; private set; }

    /// <summary>The last dimension.</summary>
    public int Columns => shape.Length == 0 ? 1 : shape[^1];

    /// <summary>Keeps the memory alive while the tensor is reachable.</summary>
    public object? Owner { get; }

    /// <summary>Name in the model, such as <c>model.layers.0.mlp.up_proj.weight</c>; used in errors and files.</summary>
    public string? Name { get; set; }

    /// <summary>Whether a backward pass computes a gradient for it.</summary>
    public bool NeedsGradient { get; set; }

    /// <summary>A weight: it outlives the step, and its gradient accumulates over micro-batches.</summary>
    public bool IsParameter { get; set; }

    /// <summary>Gradient of the loss, float32 and of the same shape; null before anything flowed in.</summary>
    public Tensor? Gradient
    {
        get
        {
            TakeClearedGradient()?.Clear();
            return gradient;
        }
        set
        {
            gradient = value;
            gradientIsCleared = false;
        }
    }

    /// <summary>
    /// What a device keeps beside the values of a weight that no longer changes, such as packed panels. Handing out
    /// the values as a span drops it, as they may be written to; whoever writes through <see cref="Data"/> calls
    /// <see cref="DropDeviceState"/>.
    /// </summary>
    public IDisposable? DeviceState { get; set; }

    /// <summary>How many recorded operations still read the values in their backward pass.</summary>
    internal int Keeps { get; set; }

    /// <summary>First element as float32.</summary>
    public float* Float32
    {
        get
        {
            Debug.Assert(DType == DType.Float32, $"{Describe()} is not float32");
            return (float*)Data;
        }
    }

    /// <summary>Makes this the header of other memory, of the same rank and type, as if it were new.</summary>
    internal void Reuse(void* data, ReadOnlySpan<int> newShape)
    {
        Debug.Assert(newShape.Length == shape.Length, "a header keeps its rank");
        Data = (byte*)data;
        newShape.CopyTo(shape);
        Count = CountOf(newShape);
        Bytes = DType.Bytes(Count);
        Rows = newShape.Length == 0 ? 1 : checked((int)CountOf(newShape[..^1]));
        Name = null;
        NeedsGradient = false;
        Gradient = null;
        Keeps = 0;
        DropDeviceState();
    }

    /// <summary>Says that the values have changed.</summary>
    public void DropDeviceState()
    {
        DeviceState?.Dispose();
        DeviceState = null;
    }

    /// <summary>The values of a float32 tensor of fewer than 2³¹ elements.</summary>
    public Span<float> AsFloats()
    {
        if (DType != DType.Float32)
        {
            throw new InvalidOperationException($"{Describe()} is not float32");
        }

        DropDeviceState();
        return new Span<float>(Data, checked((int)Count));
    }

    /// <summary>The raw bytes of a tensor below 2 GiB.</summary>
    public Span<byte> AsBytes()
    {
        DropDeviceState();
        return new Span<byte>(Data, checked((int)Bytes));
    }

    /// <summary>
    /// Makes the gradient zero, if there is one: when it is read next, as a kernel that writes it first saves the work.
    /// </summary>
    public void ClearGradient() => gradientIsCleared = gradient is not null;

    /// <summary>The gradient if it was cleared, for whoever overwrites it; null otherwise.</summary>
    internal Tensor? TakeClearedGradient()
    {
        var cleared = gradientIsCleared ? gradient : null;
        gradientIsCleared = false;
        return cleared;
    }

    /// <summary>Makes every element zero.</summary>
    public void Clear() => System.Runtime.InteropServices.NativeMemory.Clear(Data, checked((nuint)Bytes));

    /// <summary>A float32 or other tensor in memory of its own, cleared; freed when the tensor is collected.</summary>
    public static Tensor Create(DType dtype, params ReadOnlySpan<int> shape)
    {
        var memory = new NativeMemory(BytesOf(dtype, shape));
        return new Tensor(memory.Pointer, dtype, shape, memory);
    }

    /// <summary>A float32 tensor in memory of its own that holds a copy of the values.</summary>
    public static Tensor FromValues(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        var tensor = Create(DType.Float32, shape);
        if (tensor.Count != values.Length)
        {
            throw new ArgumentException($"{values.Length} values for {tensor.Describe()}", nameof(values));
        }

        values.CopyTo(tensor.AsFloats());
        return tensor;
    }

    /// <summary>The same memory seen with another shape of as many elements; gradients are not shared.</summary>
    public Tensor View(params ReadOnlySpan<int> newShape)
    {
        if (CountOf(newShape) != Count)
        {
            throw new ArgumentException($"view: {Describe()} does not have the elements of {Format(newShape)}");
        }

        return new Tensor(Data, DType, newShape, this) { Name = Name };
    }

    /// <summary>Rows <paramref name="start"/>.. of the first dimension, without copying.</summary>
    public Tensor Slice(int start, int count)
    {
        if (Rank == 0 || start < 0 || count < 0 || start > shape[0] - count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(start),
                $"slice: rows {start}..{start + count} of {Describe()}"
            );
        }

        var part = (int[])shape.Clone();
        part[0] = count;
        var before = shape[0] == 0 ? 0 : DType.Bytes(Count / shape[0] * start);
        return new Tensor(Data + before, DType, part, this) { Name = Name };
    }

    /// <summary>Name, type and shape, for messages.</summary>
    public string Describe() => $"{Name ?? "tensor"} {DType}{Format(shape)}";

    public static string Format(ReadOnlySpan<int> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>Bytes of all elements.</summary>
    /// <exception cref="ArgumentException">A row, the last dimension, is not a whole number of the type's blocks.</exception>
    private static long BytesOf(DType dtype, ReadOnlySpan<int> shape)
    {
        var columns = shape.Length == 0 ? 1 : shape[^1];
        return columns % dtype.BlockElements() == 0
            ? dtype.Bytes(CountOf(shape))
            : throw new ArgumentException(
                $"rows of {columns} elements are not whole blocks of {dtype.BlockElements()}, as {dtype} has them"
            );
    }

    private static long CountOf(ReadOnlySpan<int> shape)
    {
        var count = 1L;
        foreach (var dimension in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimension);
            count = checked(count * dimension);
        }

        return count;
    }
}
