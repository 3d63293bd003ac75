using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Layers;

/// <summary>RMS normalisation of rows, or of heads where the weight is as long as a head.</summary>
public sealed class NormLayer
{
    private readonly float epsilon;
    private readonly float offset;

    internal NormLayer(string name, Tensor weight, float epsilon, float offset)
    {
        Name = name;
        Weight = weight;
        this.epsilon = epsilon;
        this.offset = offset;
    }

    /// <summary>The module's name, such as <c>model.layers.0.input_layernorm</c>.</summary>
    public string Name { get; }

    /// <summary>[d]; models with an offset store it less that.</summary>
    public Tensor Weight { get; internal set; }

    /// <param name="x">[n, c·d].</param>
    /// <returns>A new tensor of the same shape.</returns>
    public Tensor Forward(Tape tape, Tensor x) => RmsNorm.Apply(tape, x, Weight, epsilon, offset);
}
