namespace Luthier.Tensors;

/// <summary>Element types of tensors and of the files that hold them. Computation takes the floating-point ones.</summary>
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
}

public static class DTypeExtensions
{
    /// <summary>Bytes that one element takes.</summary>
    public static int Size(this DType dtype) =>
        dtype switch
        {
            DType.Float64 or DType.Int64 => 8,
            DType.Float32 or DType.Int32 => 4,
            DType.BFloat16 or DType.Float16 or DType.Int16 => 2,
            DType.Int8 or DType.UInt8 or DType.Bool => 1,
            _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "unknown element type"),
        };

    public static bool IsFloatingPoint(this DType dtype) =>
        dtype is DType.Float32 or DType.BFloat16 or DType.Float16 or DType.Float64;
}
