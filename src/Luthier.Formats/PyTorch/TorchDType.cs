using Luthier.Tensors;

namespace Luthier.Formats.PyTorch;

/// <summary>The element types' storage classes in PyTorch files.</summary>
internal static class TorchDType
{
    private static readonly (string Name, DType DType)[] All =
    [
        ("FloatStorage", DType.Float32),
        ("HalfStorage", DType.Float16),
        ("BFloat16Storage", DType.BFloat16),
        ("DoubleStorage", DType.Float64),
        ("LongStorage", DType.Int64),
        ("IntStorage", DType.Int32),
        ("ShortStorage", DType.Int16),
        ("CharStorage", DType.Int8),
        ("ByteStorage", DType.UInt8),
        ("BoolStorage", DType.Bool),
    ];

    /// <exception cref="ArgumentOutOfRangeException">The format has no such type.</exception>
    public static string StorageName(DType dtype) =>
        Array.Find(All, item => item.DType == dtype).Name
        ?? throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "PyTorch files hold plain types");

    public static bool TryParse(PickleGlobal name, out DType dtype)
    {
        var index = string.Equals(name.Module, "torch", StringComparison.Ordinal)
            ? Array.FindIndex(All, item => string.Equals(item.Name, name.Name, StringComparison.Ordinal))
            : -1;
        dtype = index < 0 ? default : All[index].DType;
        return index >= 0;
    }
}
