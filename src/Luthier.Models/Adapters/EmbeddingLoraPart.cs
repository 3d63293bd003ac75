using Luthier.Models.Layers;
using Luthier.Tensors;

namespace Luthier.Models.Adapters;

/// <summary>A low-rank update of the embedding table, with (DoRA) or without a magnitude for each column.</summary>
/// <param name="layer">The embedding.</param>
/// <param name="lora">A transposed [vocabulary, r] and B [d, r].</param>
/// <param name="magnitude">[d] with DoRA, otherwise null.</param>
/// <param name="storedBase">The base table that the adapter file brings along, or null.</param>
internal sealed class EmbeddingLoraPart(EmbeddingLayer layer, EmbeddingLora lora, Tensor? magnitude, Tensor? storedBase)
    : LowRankPart(layer.Weight, magnitude, storedBase)
{
    public override IEnumerable<(string Name, Tensor Tensor)> Parameters => Tensors(lora.TransposedA);

    public override IEnumerable<(string Name, Tensor Tensor)> Stored =>
        Tensors(LowRank.Transpose(lora.TransposedA)).Append(($"{layer.Name}.base_layer.weight", Source));

    protected override bool HasNoUpdate => IsZero(lora.TransposedA) || IsZero(lora.B);

    protected override string WeightName => $"{layer.Name}.weight";

    /// <summary>The magnitude with which a new DoRA adapter starts: the length of each column of the table.</summary>
    public static Tensor InitialMagnitude(Tensor table) =>
        Tensor.FromValues(LowRank.ColumnNorms(Widened(table)), table.Columns);

    protected override Tensor MagnitudeOf(Tensor weight) => InitialMagnitude(weight);

    protected override void Set(Tensor weight, bool updated)
    {
        layer.Weight = weight;
        layer.Lora = updated ? lora : null;
    }

    protected override Tensor Effective()
    {
        var sum = LowRank.Add(Source, lora.TransposedA, LowRank.Transpose(lora.B), lora.Scale);
        if (Magnitude is not null)
        {
            LowRank.NormalizeColumns(sum, Magnitude.AsFloats());
        }

        return sum;
    }

    private IEnumerable<(string Name, Tensor Tensor)> Tensors(Tensor a)
    {
        yield return ($"{layer.Name}.lora_embedding_A", a);
        yield return ($"{layer.Name}.lora_embedding_B", lora.B);
        if (Magnitude is not null)
        {
            yield return ($"{layer.Name}.lora_magnitude_vector", Magnitude);
        }
    }
}
