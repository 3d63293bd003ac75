using Luthier.Tensors;

namespace Luthier.Formats.Safetensors;

/// <summary>The element types' names in safetensors headers, and the order in which the format stores them.</summary>
internal static class SafetensorsDType
{
    /// <summary>The official serializer stores tensors by falling rank, then by name, so that all are aligned.</summary>
    private static readonly (string Name, DType DType)[] ByRank =
    [
        ("BOOL", DType.Bool),
        ("U8", DType.UInt8),
        ("I8", DType.Int8),
        ("I16", DType.Int16),
        ("F16", DType.Float16),
        ("BF16", DType.BFloat16),
        ("I32", DType.Int32),
        ("F32", DType.Float32),
        ("F64", DType.Float64),
        ("I64", DType.Int64),
    ];

    public static string Known => string.Join(", ", ByRank.Select(item => item.Name));

    /// <exception cref="ArgumentOutOfRangeException">The format has no such type.</exception>
    public static int Rank(DType dtype)
    {
        var rank = Array.FindIndex(ByRank, item => item.DType == dtype);
        return rank >= 0
            ? rank
            : throw new ArgumentOutOfRangeException(nameof(dtype), dtype, $"safetensors files hold {Known}");
    }

    public static string Name(DType dtype) => ByRank[Rank(dtype)].Name;

    public static bool TryParse(string name, out DType dtype)
    {
        var index = Array.FindIndex(ByRank, item => string.Equals(item.Name, name, StringComparison.Ordinal));
        dtype = index < 0 ? default : ByRank[index].DType;
        return index >= 0;
    }
}
