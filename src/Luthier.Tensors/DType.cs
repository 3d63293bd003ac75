using System.Diagnostics.CodeAnalysis;

namespace Luthier.Tensors;

/// <summary>
/// Element types of tensors and of the files that hold them. Computation takes the floating-point ones, and weights of
/// the block types: those have a few bits an element and a scale for each block of a row, in ggml's layouts.
/// </summary>
[SuppressMessage("Naming", "CA1707", Justification = "The block types have the names that ggml gave them")]
public enum DType
{
    Float32 = 0,
    BFloat16,
    Float16,
    Float64,
    Int64,
    Int32,
    Int16,
    Int8,
    UInt8,
    Bool,
    Q8_0,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q4_K,
    Q5_K,
    Q6_K,
}

public static class DTypeExtensions
{
    /// <summary>Bytes that one element takes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A block type has none: see <see cref="BlockBytes"/>.</exception>
    public static int Size(this DType dtype) =>
        dtype switch
        {
            DType.Float64 or DType.Int64 => 8,
            DType.Float32 or DType.Int32 => 4,
            DType.BFloat16 or DType.Float16 or DType.Int16 => 2,
            DType.Int8 or DType.UInt8 or DType.Bool => 1,
            _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "elements of this type have no size"),
        };

    /// <summary>Whether elements come in blocks that share their scales.</summary>
    public static bool IsQuantized(this DType dtype) => dtype >= DType.Q8_0;

    /// <summary>Elements of a block; 1 for plain types.</summary>
    public static int BlockElements(this DType dtype) =>
        dtype switch
        {
            DType.Q8_0 or DType.Q4_0 or DType.Q4_1 or DType.Q5_0 or DType.Q5_1 => 32,
            DType.Q4_K or DType.Q5_K or DType.Q6_K => 256,
            _ => 1,
        };

    /// <summary>Bytes of a block; of an element for plain types.</summary>
    public static int BlockBytes(this DType dtype) =>
        dtype switch
        {
            DType.Q8_0 => 34,
            DType.Q4_0 => 18,
            DType.Q4_1 => 20,
            DType.Q5_0 => 22,
            DType.Q5_1 => 24,
            DType.Q4_K => 144,
            DType.Q5_K => 176,
            DType.Q6_K => 210,
            _ => dtype.Size(),
        };

    /// <summary>Bytes that so many elements take.</summary>
    /// <exception cref="ArgumentException">They are not whole blocks.</exception>
    /// <exception cref="OverflowException">More than 2⁶³ bytes.</exception>
    public static long Bytes(this DType dtype, long elements)
    {
        var (blocks, rest) = Math.DivRem(elements, dtype.BlockElements());
        return rest == 0
            ? checked(blocks * dtype.BlockBytes())
            : throw new ArgumentException(
                $"{elements} elements of {dtype} are not whole blocks of {dtype.BlockElements()}"
            );
    }

    public static bool IsFloatingPoint(this DType dtype) =>
        dtype is DType.Float32 or DType.BFloat16 or DType.Float16 or DType.Float64;

    /// <summary>Whether elements are real numbers, plain or in blocks.</summary>
    public static bool IsReal(this DType dtype) => dtype.IsFloatingPoint() || dtype.IsQuantized();
}
