using Luthier.Models.Layers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Transformers;

/// <summary>down(activation(gate(x)) · up(x)).</summary>
internal sealed class FeedForward(LayerFactory factory, Activation activation, int layer)
{
    private readonly LinearLayer gate = factory.Linear($"model.layers.{layer}.mlp.gate_proj");
    private readonly LinearLayer up = factory.Linear($"model.layers.{layer}.mlp.up_proj");
    private readonly LinearLayer down = factory.Linear($"model.layers.{layer}.mlp.down_proj");

    /// <param name="x">[n, hidden], normalised; released once the projections have read it.</param>
    /// <returns>[n, hidden].</returns>
    public Tensor Forward(Tape tape, Tensor x)
    {
        var g = gate.Forward(tape, x); // [n, intermediate]
        var u = up.Forward(tape, x); // [n, intermediate]
        tape.Release(x);
        var activated = Gated.Apply(tape, activation, g, u);
        tape.Release(g);
        tape.Release(u);
        var y = down.Forward(tape, activated);
        tape.Release(activated);
        return y;
    }
}
