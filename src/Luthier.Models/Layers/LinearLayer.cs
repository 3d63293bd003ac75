using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Layers;

/// <summary>A projection by a weight [out, in], with an optional bias [out] and an optional low-rank update.</summary>
public sealed class LinearLayer
{
    internal LinearLayer(string name, Tensor weight, Tensor? bias)
    {
        Name = name;
        Weight = weight;
        Bias = bias;
    }

    /// <summary>The module's name, such as <c>model.layers.0.self_attn.q_proj</c>.</summary>
    public string Name { get; }

    /// <summary>[out, in].</summary>
    public Tensor Weight { get; internal set; }

    /// <summary>[out], or null.</summary>
    public Tensor? Bias { get; internal set; }

    /// <summary>What an adapter adds, or null.</summary>
    public LoraWeights? Lora { get; internal set; }

    /// <param name="x">[n, in].</param>
    /// <returns>[n, out].</returns>
    public Tensor Forward(Tape tape, Tensor x) => Linear.Apply(tape, x, Weight, Bias, Lora);
}
