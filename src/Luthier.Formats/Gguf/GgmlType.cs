using System.Globalization;
using Luthier.Tensors;

namespace Luthier.Formats.Gguf;

/// <summary>ggml's element types: the number and name that a file has for each.</summary>
public static class GgmlType
{
    /// <summary>Dimensions of a tensor at most.</summary>
    internal const int MaxRank = 4;

    private static readonly (DType DType, uint Number, string Name)[] Known =
    [
        (DType.Float32, 0, "F32"),
        (DType.Float16, 1, "F16"),
        (DType.BFloat16, 30, "BF16"),
        (DType.Float64, 28, "F64"),
        (DType.Q4_0, 2, "Q4_0"),
        (DType.Q4_1, 3, "Q4_1"),
        (DType.Q5_0, 6, "Q5_0"),
        (DType.Q5_1, 7, "Q5_1"),
        (DType.Q8_0, 8, "Q8_0"),
        (DType.Q4_K, 12, "Q4_K"),
        (DType.Q5_K, 13, "Q5_K"),
        (DType.Q6_K, 14, "Q6_K"),
        (DType.Int8, 24, "I8"),
        (DType.Int16, 25, "I16"),
        (DType.Int32, 26, "I32"),
        (DType.Int64, 27, "I64"),
    ];

    // Types that exist but are not read, so that a message can name them.
    private static readonly (uint Number, string Name)[] Others =
    [
        (10, "Q2_K"),
        (11, "Q3_K"),
        (16, "IQ2_XXS"),
        (17, "IQ2_XS"),
        (18, "IQ3_XXS"),
        (19, "IQ1_S"),
        (20, "IQ4_NL"),
        (21, "IQ3_S"),
        (22, "IQ2_S"),
        (23, "IQ4_XS"),
        (29, "IQ1_M"),
        (34, "TQ1_0"),
        (35, "TQ2_0"),
        (39, "MXFP4"),
    ];

    /// <summary>The names of all types that are read, for messages.</summary>
    internal static string Names => string.Join(", ", Known.Select(item => item.Name));

    /// <summary>Such as <c>Q4_K</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">ggml has no such type.</exception>
    public static string Name(DType dtype) => Find(dtype).Name;

    internal static uint Number(DType dtype) => Find(dtype).Number;

    internal static bool TryParse(uint number, out DType dtype)
    {
        var index = Array.FindIndex(Known, item => item.Number == number);
        dtype = index < 0 ? default : Known[index].DType;
        return index >= 0;
    }

    /// <summary>What a message calls a type that is not read.</summary>
    internal static string Describe(uint number)
    {
        var index = Array.FindIndex(Others, item => item.Number == number);
        return index < 0 ? number.ToString(CultureInfo.InvariantCulture) : Others[index].Name;
    }

    private static (DType DType, uint Number, string Name) Find(DType dtype) =>
        Array.Find(Known, item => item.DType == dtype) is { Name: not null } known
            ? known
            : throw new ArgumentOutOfRangeException(nameof(dtype), dtype, $"expected one of {Names}");
}
