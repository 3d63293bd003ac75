using Luthier.Tensors;

namespace Luthier.Models.Tests.Fixtures;

internal static class Numbers
{
    /// <summary>The largest absolute difference; where a mask is given, only of rows whose mask is not 0.</summary>
    public static float LargestDifference(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, int[]? mask = null)
    {
        actual.Length.ShouldBe(expected.Length);
        var columns = mask is null ? actual.Length : actual.Length / mask.Length;
        var largest = 0f;
        for (var i = 0; i < actual.Length; i++)
        {
            if (mask is null || mask[i / columns] != 0)
            {
                var difference = MathF.Abs(actual[i] - expected[i]);
                largest = float.IsNaN(difference) ? float.PositiveInfinity : MathF.Max(largest, difference);
            }
        }

        return largest;
    }

    public static float[] ToFloats(this Tensor tensor) => tensor.AsFloats().ToArray();

    public static void ShouldBeWithin(this float[] actual, float tolerance, float[] expected) =>
        LargestDifference(actual, expected).ShouldBeLessThanOrEqualTo(tolerance);
}
