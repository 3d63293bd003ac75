using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Operations;

public sealed class AdamWTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(20_011)]
    public void Twenty_steps_give_the_bits_of_the_reference(int count)
    {
        var parameter = Sample.Normal(1, count);
        var mean = Tensor.Create(DType.Float32, count);
        var variance = Tensor.Create(DType.Float32, count);
        var gradients = Enumerable.Range(0, 20).Select(i => Sample.Scaled(10 + i, 1e-2f, count)).ToArray();
        Against.Reference(
            t =>
            {
                for (var i = 0; i < gradients.Length; i++)
                {
                    var step = new AdamWStep(3e-3, 0.9, 0.999, 1e-8, 0.01, i + 1, 0.7f);
                    t.AdamW(parameter, gradients[i], mean, variance, step);
                }
            },
            0,
            parameter,
            mean,
            variance
        );
    }

    [Fact]
    public void The_first_step_moves_by_the_learning_rate_against_the_gradient()
    {
        var parameter = Tensor.FromValues([1, -2, 3], 3);
        var mean = Tensor.Create(DType.Float32, 3);
        var variance = Tensor.Create(DType.Float32, 3);
        var gradient = Tensor.FromValues([0.5f, -1e-3f, 0], 3);
        using var device = TestDevice.Create(1);
        device.AdamW(parameter, gradient, mean, variance, new AdamWStep(0.1, 0.9, 0.99, 1e-8, 0.5, 1));

        // Decay by 1 − lr · wd, then lr · sign(gradient): mean and variance cancel after one step.
        Against.Close(parameter.AsFloats(), [0.95f - 0.1f, -1.9f + 0.1f, 2.85f], 1e-5);
    }
}
