using Luthier.Formats;
using Luthier.Tensors;

namespace Luthier.Models.Inspection;

/// <summary>Tensors of one element type.</summary>
/// <param name="Tensors">How many.</param>
/// <param name="Bytes">Of all of them.</param>
public sealed record TypeCount(DType Type, int Tensors, long Bytes)
{
    /// <summary>By element type, the most bytes first.</summary>
    public static IReadOnlyList<TypeCount> Of(IEnumerable<TensorInfo> tensors) =>
        [
            .. tensors
                .GroupBy(info => info.DType)
                .Select(group => new TypeCount(group.Key, group.Count(), group.Sum(info => info.Bytes)))
                .OrderByDescending(count => count.Bytes),
        ];
}
