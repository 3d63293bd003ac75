using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Operations;

public sealed class RmsNormTests
{
    [Theory]
    [InlineData(0f)]
    [InlineData(1f)]
    public void Gradients_are_slopes(float offset)
    {
        var x = Sample.Normal(1, 3, 5);
        var weight = Sample.Normal(2, 5);
        FiniteDifferences.Check(tape => RmsNorm.Apply(tape, x, weight, 1e-5f, offset), [x, weight]);
    }

    [Fact]
    public void Gradients_by_heads_are_slopes()
    {
        var x = Sample.Normal(1, 2, 8);
        var weight = Sample.Normal(2, 4);
        FiniteDifferences.Check(tape => RmsNorm.Apply(tape, x, weight, 1e-5f), [x, weight]);
    }

    [Theory]
    [InlineData(1, 1, DType.Float32, 0f)]
    [InlineData(3, 7, DType.BFloat16, 0f)]
    [InlineData(70, 64, DType.Float16, 1f)]
    [InlineData(133, 37, DType.Float32, 1f)]
    [InlineData(40, 1030, DType.Float32, 0f)]
    public void Kernels_agree_with_the_reference(int rows, int d, DType type, float offset)
    {
        var x = Sample.Normal(1, rows, d);
        var dY = Sample.Normal(2, rows, d);
        var weight = Sample.Normal(3, d).As(type);
        var y = Sample.Normal(4, rows, d);
        var inverse = Tensor.Create(DType.Float32, rows);
        var dX = Sample.Normal(5, rows, d);
        var dWeight = Sample.Normal(6, d);
        Against.Reference(t => t.RmsNorm(x, weight, y, inverse, 1e-6f, offset), 2e-6, y, inverse);
        Against.Reference(t => t.RmsNorm(x, weight, y, null, 1e-6f, offset), 2e-6, y);
        Against.Reference(
            t => t.RmsNormBackward(dY, x, weight, inverse, offset, dX, accumulate: false, dWeight),
            1e-5,
            dX,
            dWeight
        );
        Against.Reference(
            t => t.RmsNormBackward(dY, x, weight, inverse, offset, dX, accumulate: true, null),
            1e-5,
            dX,
            dWeight
        );
        Against.Reference(
            t => t.RmsNormBackward(dY, x, weight, inverse, offset, null, accumulate: false, dWeight),
            1e-5,
            dWeight
        );
    }

    [Fact]
    public void Heads_are_normalised_one_by_one()
    {
        var x = Sample.Normal(1, 50, 3 * 24);
        var weight = Sample.Normal(3, 24);
        var y = Tensor.Create(DType.Float32, 50, 72);
        var inverse = Tensor.Create(DType.Float32, 150);
        Against.Reference(t => t.RmsNorm(x, weight, y, inverse, 1e-6f, 0), 2e-6, y, inverse);
    }

    [Fact]
    public void A_weight_that_does_not_fit_is_refused()
    {
        using var device = TestDevice.Create(1);
        using var tape = new Luthier.Tensors.Autograd.Tape(device);
        Should
            .Throw<ArgumentException>(() => RmsNorm.Apply(tape, Sample.Normal(1, 2, 6), Sample.Normal(1, 4), 1e-5f))
            .Message.ShouldContain("[2, 6]");
    }
}
