using Luthier.Tensors;

namespace Luthier.Models.Configuration;

/// <summary>Element types as configuration files and options name them.</summary>
public static class DTypeNames
{
    private static readonly (string Name, DType DType)[] Names =
    [
        ("float32", DType.Float32),
        ("bfloat16", DType.BFloat16),
        ("float16", DType.Float16),
    ];

    /// <summary>The names that <see cref="TryParse"/> takes, for messages.</summary>
    public static string Known => string.Join(", ", Names.Select(item => item.Name));

    /// <summary>float32, bfloat16 or float16.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Weights can't have this type.</exception>
    public static string Name(DType dtype) =>
        Array.Find(Names, item => item.DType == dtype).Name
        ?? throw new ArgumentOutOfRangeException(nameof(dtype), dtype, $"expected one of {Known}");

    public static bool TryParse(string name, out DType dtype)
    {
        var bare = name.StartsWith("torch.", StringComparison.Ordinal) ? name["torch.".Length..] : name;
        var index = Array.FindIndex(Names, item => string.Equals(item.Name, bare, StringComparison.Ordinal));
        dtype = index < 0 ? default : Names[index].DType;
        return index >= 0;
    }
}
