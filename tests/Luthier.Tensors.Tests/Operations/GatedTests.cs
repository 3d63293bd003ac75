using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Tests.Operations;

public sealed class GatedTests
{
    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.GeluTanh)]
    [InlineData(Activation.Gelu)]
    public void Gradients_are_slopes(Activation activation)
    {
        var gate = Sample.Scaled(1, 2, 3, 9);
        var up = Sample.Normal(2, 3, 9);
        FiniteDifferences.Check(tape => Gated.Apply(tape, activation, gate, up), [gate, up]);
        FiniteDifferences.Check(tape => Gated.Apply(tape, activation, gate, null), [gate]);
    }

    [Theory]
    [InlineData(Activation.Silu, 5)]
    [InlineData(Activation.Silu, 40_003)]
    [InlineData(Activation.GeluTanh, 40_003)]
    [InlineData(Activation.Gelu, 40_003)]
    public void Kernels_agree_with_the_reference(Activation activation, int count)
    {
        var gate = Sample.Scaled(1, 4, count);
        var up = Sample.Normal(2, count);
        var y = Sample.Normal(3, count);
        var dY = Sample.Normal(4, count);
        var dGate = Sample.Normal(5, count);
        var dUp = Sample.Normal(6, count);
        Against.Reference(t => t.Gated(activation, gate, up, y), 2e-6, y);
        Against.Reference(t => t.Gated(activation, gate, null, y), 2e-6, y);
        foreach (var accumulate in (bool[])[false, true])
        {
            Against.Reference(t => t.GatedBackward(activation, dY, gate, up, dGate, dUp, accumulate), 3e-6, dGate, dUp);
            Against.Reference(t => t.GatedBackward(activation, dY, gate, null, dGate, null, accumulate), 3e-6, dGate);
            Against.Reference(t => t.GatedBackward(activation, dY, gate, up, null, dUp, accumulate), 3e-6, dUp);
        }
    }

    [Fact]
    public void Outputs_may_be_inputs()
    {
        var gate = Sample.Normal(1, 333);
        var up = Sample.Normal(2, 333);
        var dY = Sample.Normal(4, 333);
        Against.Reference(t => t.Gated(Activation.Silu, gate, up, gate), 2e-6, gate);
        Against.Reference(t => t.Gated(Activation.Silu, gate, up, up), 2e-6, up);
        Against.Reference(t => t.GatedBackward(Activation.Silu, dY, gate, up, gate, up, false), 3e-6, gate, up);
    }

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.GeluTanh)]
    [InlineData(Activation.Gelu)]
    public void Far_from_zero_it_is_the_identity_or_zero(Activation activation)
    {
        var gate = Tensor.FromValues([-1e4f, -200, -100, -30, 30, 100, 200, 1e4f], 8);
        var y = Tensor.Create(DType.Float32, 8);
        Against.Reference(t => t.Gated(activation, gate, null, y), 1e-7, y);
        var dY = Sample.Normal(1, 8);
        Against.Reference(t => t.GatedBackward(activation, dY, gate, null, y, null, false), 1e-6, y);
    }
}
