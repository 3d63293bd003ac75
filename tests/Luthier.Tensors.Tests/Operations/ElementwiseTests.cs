namespace Luthier.Tensors.Tests.Operations;

public sealed class ElementwiseTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 13)]
    [InlineData(129, 515)]
    public void Kernels_agree_with_the_reference(int rows, int d)
    {
        var x = Sample.Normal(1, rows, d);
        var y = Sample.Normal(2, rows, d);
        var sum = Sample.Normal(4, d);
        foreach (var type in (DType[])[DType.Float32, DType.BFloat16, DType.Float16])
        {
            var bias = Sample.Normal(3, d).As(type);
            Against.Reference(t => t.AddBias(y, bias), 0, y);
        }

        Against.Reference(t => t.SumRows(x, sum, accumulate: false), 1e-6, sum);
        Against.Reference(t => t.SumRows(x, sum, accumulate: true), 1e-6, sum);
        Against.Reference(t => t.Add(x, y, accumulate: false), 0, y);
        Against.Reference(t => t.Add(x, y, accumulate: true), 0, y);
        Against.Reference(t => t.Add(x, x, accumulate: true), 0, x);
        Against.Reference(t => t.Scale(y, 0.3f), 0, y);
        Against.Reference(t => t.Softcap(y, 2.5f), 1e-6, y);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(200_007)]
    public void Squares_are_summed_in_double(int count)
    {
        var x = Sample.Scaled(1, 1e-3f, count);
        x.AsFloats()[0] = 3e18f;
        var expected = x.Values().Sum(v => (double)v * v);
        foreach (var threads in (int[])[1, 2, 3])
        {
            using var device = TestDevice.Create(threads);
            device.SumOfSquares(x).ShouldBe(expected, expected * 1e-12);
        }

        x.AsFloats()[0] = 0;
        expected = x.Values().Sum(v => (double)v * v);
        using var one = TestDevice.Create(1);
        using var two = TestDevice.Create(2);
        one.SumOfSquares(x).ShouldBe(expected, expected * 1e-10);
        two.SumOfSquares(x).ShouldBe(one.SumOfSquares(x));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_sum_of_squares_shows_what_is_not_finite(float bad)
    {
        using var device = TestDevice.Create(2);
        foreach (var place in (int[])[0, 99_999, 200_006])
        {
            var x = Sample.Normal(1, 200_007);
            x.AsFloats()[place] = bad;
            double.IsFinite(device.SumOfSquares(x)).ShouldBeFalse();
        }
    }
}
