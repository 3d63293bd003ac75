using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Operations;

public sealed class RopeTests
{
    [Fact]
    public void Gradients_are_slopes()
    {
        var x = Sample.Normal(1, 3, 8);
        var (cos, sin) = Angles(3, 2);
        FiniteDifferences.Check(
            tape =>
            {
                var y = tape.New(3, 8);
                tape.Device.Add(x, y, accumulate: false);
                y.NeedsGradient = true;
                if (tape.Recording)
                {
                    tape.Record(y, () => tape.PassGradient(y.Gradient!, x));
                }

                Rope.Apply(tape, y, cos, sin);
                return y;
            },
            [x]
        );
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 3, 6)]
    [InlineData(200, 8, 32)]
    [InlineData(33, 2, 64)]
    public void Kernel_agrees_with_the_reference(int rows, int heads, int half)
    {
        var x = Sample.Normal(1, rows, heads * 2 * half);
        var (cos, sin) = Angles(rows, half);
        Against.Reference(t => t.Rope(x, cos, sin, inverse: false), 1e-6, x);
        Against.Reference(t => t.Rope(x, cos, sin, inverse: true), 1e-6, x);
    }

    [Fact]
    public void The_inverse_turns_back()
    {
        var x = Sample.Normal(1, 6, 16);
        var before = x.Values();
        var (cos, sin) = Angles(6, 4);
        using var device = TestDevice.Create(1);
        device.Rope(x, cos, sin, inverse: false);
        device.Rope(x, cos, sin, inverse: true);
        Against.Close(x.AsFloats(), before, 1e-6);
    }

    private static (Tensor Cos, Tensor Sin) Angles(int rows, int half)
    {
        var cos = Tensor.Create(DType.Float32, rows, half);
        var sin = Tensor.Create(DType.Float32, rows, half);
        for (var i = 0; i < rows * half; i++)
        {
            cos.AsFloats()[i] = MathF.Cos(i * 0.37f);
            sin.AsFloats()[i] = MathF.Sin(i * 0.37f);
        }

        return (cos, sin);
    }
}
