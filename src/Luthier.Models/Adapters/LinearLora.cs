using Luthier.Models.Layers;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Adapters;

/// <summary>A low-rank update of a projection, with (DoRA) or without a magnitude for each output.</summary>
/// <param name="layer">The projection.</param>
/// <param name="lora">A [r, in] and B [out, r].</param>
/// <param name="magnitude">[out] with DoRA, otherwise null.</param>
/// <param name="storedBase">Base weights that the adapter file brings along, or null.</param>
internal sealed class LinearLora(LinearLayer layer, LoraWeights lora, Tensor? magnitude, Tensor? storedBase)
    : LowRankPart(layer.Weight, magnitude, storedBase)
{
    public override IEnumerable<(string Name, Tensor Tensor)> Parameters
    {
        get
        {
            yield return ($"{layer.Name}.lora_A.weight", lora.A);
            yield return ($"{layer.Name}.lora_B.weight", lora.B);
            if (Magnitude is not null)
            {
                yield return ($"{layer.Name}.lora_magnitude_vector", Magnitude);
            }
        }
    }

    public override IEnumerable<(string Name, Tensor Tensor)> Stored =>
        layer.Name is ModelLayout.HeadName
            ? Parameters.Append(($"{layer.Name}.base_layer.weight", Source))
            : Parameters;

    /// <summary>The projection and its update, where that is all there is and it lies inside a layer; null otherwise.</summary>
    public (LinearLayer Layer, LoraWeights Lora)? Plain =>
        Magnitude is null && !BringsBase && layer.Name is not ModelLayout.HeadName ? (layer, lora) : null;

    protected override bool HasNoUpdate => IsZero(lora.A) || IsZero(lora.B);

    protected override string WeightName => $"{layer.Name}.weight";

    /// <summary>The magnitude with which a new DoRA adapter starts: the length of each row of the weight.</summary>
    public static Tensor InitialMagnitude(Tensor weight) =>
        Tensor.FromValues(LowRank.RowNorms(Widened(weight)), weight.Rows);

    protected override Tensor MagnitudeOf(Tensor weight) => InitialMagnitude(weight);

    protected override void Set(Tensor weight, bool updated)
    {
        layer.Weight = weight;
        layer.Lora = updated ? lora : null;
    }

    protected override Tensor Effective()
    {
        var sum = LowRank.Add(Source, lora.B, lora.A, lora.Scale);
        if (Magnitude is not null)
        {
            LowRank.NormalizeRows(sum, Magnitude.AsFloats());
        }

        return sum;
    }
}
