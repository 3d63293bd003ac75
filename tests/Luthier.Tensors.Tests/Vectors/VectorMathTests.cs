using System.Runtime.Intrinsics;
using Luthier.Tensors.Operations;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Tests.Vectors;

public sealed class VectorMathTests
{
    [Fact]
    public void Exp_is_within_one_and_a_half_units_of_the_last_place() =>
        Worst(VectorMath.Exp, Math.Exp, -86.6f, 88.72f).ShouldBeLessThan(1.5);

    [Fact]
    public void Powers_of_two_are_within_one_and_a_fifth_units() =>
        Worst(VectorMath.PowerOfTwo, x => Math.Pow(2, x), -125, 127).ShouldBeLessThan(1.2);

    [Fact]
    public void Sigmoid_is_within_three_units() =>
        Worst(VectorMath.Sigmoid, x => 1 / (1 + Math.Exp(-x)), -86, 100).ShouldBeLessThan(3);

    [Fact]
    public void Tanh_is_within_two_units() => Worst(VectorMath.Tanh, Math.Tanh, -20, 20).ShouldBeLessThan(2);

    [Fact]
    public void The_normal_distribution_is_within_seven_units() =>
        Worst(x => VectorMath.Normal(x, out _), Normal, -12.9f, 13).ShouldBeLessThan(7);

    [Fact]
    public void The_normal_density_is_within_three_units() =>
        Worst(
                x =>
                {
                    VectorMath.Normal(x, out var density);
                    return density;
                },
                x => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI),
                -13,
                13
            )
            .ShouldBeLessThan(3);

    [Fact]
    public void Ends_and_special_values_are_right()
    {
        var infinity = float.PositiveInfinity;
        var x = Vector256.Create(-infinity, -200, -89, 0, 88.8f, infinity, float.NaN, -0f);
        Lanes(VectorMath.Exp(x)).ShouldBe([0, 0, 0, 1, infinity, infinity, float.NaN, 1]);
        Lanes(VectorMath.PowerOfTwo(Vector256.Min(x, Vector256<float>.Zero)))
            .ShouldBe([0, 0, MathF.Pow(2, -89), 1, 1, 1, float.NaN, 1]);
        Lanes(VectorMath.Sigmoid(x)).ShouldBe([0, 0, 0, 0.5f, 1, 1, float.NaN, 0.5f]);
        Lanes(VectorMath.Tanh(x)).ShouldBe([-1, -1, -1, 0, 1, 1, float.NaN, 0]);
        Lanes(VectorMath.Normal(x, out var density)).ShouldBe([0, 0, 0, 0.5f, 1, 1, float.NaN, 0.5f]);
        density[5].ShouldBe(0);
    }

    private static double Normal(double x)
    {
        _ = Gated.Activate(Activation.Gelu, x, out var slope);
        return slope - (x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }

    private static float[] Lanes(Vector256<float> x)
    {
        var lanes = new float[8];
        x.CopyTo(lanes);
        return lanes;
    }

    // The largest error in units of the last place over every n-th float32 between two limits.
    private static double Worst(
        Func<Vector256<float>, Vector256<float>> function,
        Func<double, double> exact,
        float low,
        float high
    )
    {
        var n = Vector256.IsHardwareAccelerated ? 1013 : 100_003;
        var worst = 0.0;
        foreach (var sign in (float[])[1, -1])
        {
            for (var bits = 0; bits < BitConverter.SingleToInt32Bits(128); bits += n)
            {
                var x = sign * BitConverter.Int32BitsToSingle(bits);
                if (x < low || x > high)
                {
                    continue;
                }

                var expected = exact(x);
                var unit = MathF.BitIncrement(MathF.Abs((float)expected)) - MathF.Abs((float)expected);
                worst = Math.Max(worst, Math.Abs(function(Vector256.Create(x))[0] - expected) / unit);
            }
        }

        return worst;
    }
}
