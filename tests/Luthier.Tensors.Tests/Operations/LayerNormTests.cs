using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Operations;

public sealed class LayerNormTests
{
    [Fact]
    public void Gradients_are_slopes()
    {
        var x = Sample.Normal(1, 3, 5);
        var weight = Sample.Normal(2, 5);
        var bias = Sample.Normal(3, 5);
        FiniteDifferences.Check(tape => LayerNorm.Apply(tape, x, weight, bias, 1e-5f), [x, weight, bias]);
        FiniteDifferences.Check(tape => LayerNorm.Apply(tape, x, weight, null, 1e-5f), [x, weight]);
    }

    [Theory]
    [InlineData(1, 1, DType.Float32)]
    [InlineData(3, 7, DType.BFloat16)]
    [InlineData(70, 64, DType.Float16)]
    [InlineData(40, 1030, DType.Float32)]
    public void Kernels_agree_with_the_reference(int rows, int d, DType type)
    {
        var x = Sample.Normal(1, rows, d);
        x.AsFloats()[0] += 10;
        var dY = Sample.Normal(2, rows, d);
        var weight = Sample.Normal(3, d).As(type);
        var bias = Sample.Normal(4, d).As(type);
        var y = Sample.Normal(5, rows, d);
        var statistics = Tensor.Create(DType.Float32, rows, 2);
        var dX = Sample.Normal(6, rows, d);
        var dWeight = Sample.Normal(7, d);
        var dBias = Sample.Normal(8, d);
        Against.Reference(t => t.LayerNorm(x, weight, bias, y, statistics, 1e-3f), 3e-6, y, statistics);
        Against.Reference(t => t.LayerNorm(x, weight, null, y, null, 1e-3f), 3e-6, y);
        foreach (var accumulate in (bool[])[false, true])
        {
            Against.Reference(
                t => t.LayerNormBackward(dY, x, weight, statistics, dX, accumulate, dWeight, dBias),
                1e-5,
                dX,
                dWeight,
                dBias
            );
        }

        Against.Reference(t => t.LayerNormBackward(dY, x, weight, statistics, null, false, null, dBias), 1e-5, dBias);
        Against.Reference(t => t.LayerNormBackward(dY, x, weight, statistics, dX, false, null, null), 1e-5, dX);
    }
}
