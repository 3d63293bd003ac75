using Luthier.Models.Layers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Transformers;

/// <summary>down(activation(gate(x)) · up(x)).</summary>
internal sealed class FeedForward(LayerFactory factory, Activation activation, int layer)
{
    private readonly LinearGroup inputs = new(
        factory.Linear($"model.layers.{layer}.mlp.gate_proj"),
        factory.Linear($"model.layers.{layer}.mlp.up_proj")
    );
    private readonly LinearGroup down = new(factory.Linear($"model.layers.{layer}.mlp.down_proj"));

    /// <param name="x">[n, hidden], normalised; released once the projections have read it.</param>
    /// <returns>[n, hidden].</returns>
    public Tensor Forward(Tape tape, Tensor x, ForwardContext context)
    {
        var projections = inputs.Forward(tape, x, context);
        var (g, u) = (projections[0], projections[1]); // [n, intermediate]
        tape.Release(x);
        var activated = Gated.Apply(tape, activation, g, u);
        tape.Release(g);
        tape.Release(u);
        var y = down.Single(tape, activated, context);
        tape.Release(activated);
        return y;
    }
}
