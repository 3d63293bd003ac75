using Luthier.Models.Layers;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Adapters;

/// <summary>A low-rank update of a projection, with (DoRA) or without a magnitude for each output.</summary>
internal sealed class LinearLora : AdapterPart
{
    private readonly LinearLayer layer;
    private readonly LoraWeights lora;
    private readonly Tensor? magnitude;
    private readonly Tensor original;
    private readonly Tensor source;

    /// <param name="layer">The projection.</param>
    /// <param name="lora">A [r, in] and B [out, r].</param>
    /// <param name="magnitude">[out] with DoRA, otherwise null.</param>
    /// <param name="storedBase">Base weights that the adapter file brings along, or null.</param>
    public LinearLora(LinearLayer layer, LoraWeights lora, Tensor? magnitude, Tensor? storedBase)
    {
        this.layer = layer;
        this.lora = lora;
        this.magnitude = magnitude;
        original = layer.Weight;
        source = storedBase ?? original;
    }

    public override IEnumerable<(string Name, Tensor Tensor)> Parameters
    {
        get
        {
            yield return ($"{layer.Name}.lora_A.weight", lora.A);
            yield return ($"{layer.Name}.lora_B.weight", lora.B);
            if (magnitude is not null)
            {
                yield return ($"{layer.Name}.lora_magnitude_vector", magnitude);
            }
        }
    }

    public override IEnumerable<(string Name, Tensor Tensor)> Stored =>
        layer.Name is ModelLayout.HeadName
            ? Parameters.Append(($"{layer.Name}.base_layer.weight", source))
            : Parameters;

    public override bool ChangesNothing =>
        (IsZero(lora.A) || IsZero(lora.B))
        && (magnitude is null || InitialMagnitude(source).AsFloats().SequenceEqual(magnitude.AsFloats()));

    public override bool IsTrainable => magnitude is null;

    /// <summary>The magnitude with which a new DoRA adapter starts: the length of each row of the weight.</summary>
    public static Tensor InitialMagnitude(Tensor weight) =>
        Tensor.FromValues(LowRank.RowNorms(Widened(weight)), weight.Rows);

    public override void Attach()
    {
        layer.Lora = magnitude is null ? lora : null;
        layer.Weight = magnitude is null ? source : AsParameter(Effective(), DType.Float32, $"{layer.Name}.weight");
    }

    public override void Detach()
    {
        layer.Lora = null;
        layer.Weight = original;
    }

    public override void Merge() => layer.Weight = AsParameter(Effective(), original.DType, $"{layer.Name}.weight");

    private Tensor Effective()
    {
        var sum = LowRank.Add(source, lora.B, lora.A, lora.Scale);
        if (magnitude is not null)
        {
            LowRank.NormalizeRows(sum, magnitude.AsFloats());
        }

        return sum;
    }
}
