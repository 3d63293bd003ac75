using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Operations;

public sealed class LinearTests
{
    private readonly Tensor x = Sample.Normal(1, 4, 5);
    private readonly Tensor weight = Sample.Normal(2, 3, 5);
    private readonly Tensor bias = Sample.Normal(3, 3);
    private readonly Tensor a = Sample.Normal(4, 2, 5);
    private readonly Tensor b = Sample.Normal(5, 3, 2);

    [Fact]
    public void Gradients_of_a_frozen_weight_are_slopes() =>
        FiniteDifferences.Check(tape => Linear.Apply(tape, x, weight), [x]);

    [Fact]
    public void Gradients_of_a_trained_weight_are_slopes() =>
        FiniteDifferences.Check(tape => Linear.Apply(tape, x, weight, bias), [x, weight, bias]);

    [Fact]
    public void Gradients_without_one_for_the_input_are_slopes()
    {
        FiniteDifferences.Check(tape => Linear.Apply(tape, x, weight, bias), [weight]);
        FiniteDifferences.Check(tape => Linear.Apply(tape, x, weight, bias), [bias]);
        x.Gradient.ShouldBeNull();
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.4f)]
    public void Gradients_with_adapters_are_slopes(float dropout)
    {
        var lora = new LoraWeights(a, b, 1.7f, dropout);
        FiniteDifferences.Check(tape => Linear.Apply(tape, x, weight, bias, lora), [x, a, b], training: true);
        FiniteDifferences.Check(tape => Linear.Apply(tape, x, weight, null, lora), [x, weight, a, b], training: true);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.4f)]
    public void Parts_of_an_adapter_may_be_frozen(float dropout)
    {
        var lora = new LoraWeights(a, b, 1.7f, dropout);
        FiniteDifferences.Check(tape => Linear.Apply(tape, x, weight, bias, lora), [a], training: true);
        a.NeedsGradient = false;
        a.Gradient = null;
        FiniteDifferences.Check(tape => Linear.Apply(tape, x, weight, bias, lora), [b], training: true);
        b.NeedsGradient = false;
        FiniteDifferences.Check(tape => Linear.Apply(tape, x, weight, bias, lora), [x], training: true);
        a.Gradient.ShouldBeNull();
    }

    [Fact]
    public void Without_training_nothing_is_dropped()
    {
        using var device = TestDevice.Create(1);
        using var tape = new Tape(device);
        var dropped = Linear.Apply(tape, x, weight, bias, new LoraWeights(a, b, 1.7f, 0.5f));
        var plain = Linear.Apply(tape, x, weight, bias, new LoraWeights(a, b, 1.7f));
        dropped.Values().ShouldBe(plain.Values());
    }

    [Fact]
    public void A_micro_batch_adds_to_the_gradient_of_the_last()
    {
        using var device = TestDevice.Create(1);
        using var tape = new Tape(device);
        weight.NeedsGradient = weight.IsParameter = true;
        for (var i = 0; i < 2; i++)
        {
            tape.Reset();
            tape.Recording = true;
            var y = Linear.Apply(tape, x, weight);
            tape.GradientOf(y, out _).AsFloats().Fill(1);
            tape.Backward();
            if (i == 0)
            {
                device.Scale(weight.Gradient!, 3);
            }
        }

        var expected = new float[15];
        for (var i = 0; i < 15; i++)
        {
            for (var row = 0; row < 4; row++)
            {
                expected[i] += 4 * x.AsFloats()[(row * 5) + (i % 5)];
            }
        }

        Against.Close(weight.Gradient!.AsFloats(), expected, 1e-5);
    }
}
