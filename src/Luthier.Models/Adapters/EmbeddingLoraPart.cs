using Luthier.Models.Layers;
using Luthier.Tensors;

namespace Luthier.Models.Adapters;

/// <summary>A low-rank update of the embedding table, with (DoRA) or without a magnitude for each column.</summary>
internal sealed class EmbeddingLoraPart : AdapterPart
{
    private readonly EmbeddingLayer layer;
    private readonly EmbeddingLora lora;
    private readonly Tensor? magnitude;
    private readonly Tensor original;
    private readonly Tensor source;

    /// <param name="layer">The embedding.</param>
    /// <param name="lora">A transposed [vocabulary, r] and B [d, r].</param>
    /// <param name="magnitude">[d] with DoRA, otherwise null.</param>
    /// <param name="storedBase">The base table that the adapter file brings along, or null.</param>
    public EmbeddingLoraPart(EmbeddingLayer layer, EmbeddingLora lora, Tensor? magnitude, Tensor? storedBase)
    {
        this.layer = layer;
        this.lora = lora;
        this.magnitude = magnitude;
        original = layer.Weight;
        source = storedBase ?? original;
    }

    public override IEnumerable<(string Name, Tensor Tensor)> Parameters => Tensors(lora.TransposedA);

    public override IEnumerable<(string Name, Tensor Tensor)> Stored =>
        Tensors(LowRank.Transpose(lora.TransposedA)).Append(($"{layer.Name}.base_layer.weight", source));

    public override bool ChangesNothing =>
        (IsZero(lora.TransposedA) || IsZero(lora.B))
        && (magnitude is null || InitialMagnitude(source).AsFloats().SequenceEqual(magnitude.AsFloats()));

    public override bool IsTrainable => magnitude is null;

    /// <summary>The magnitude with which a new DoRA adapter starts: the length of each column of the table.</summary>
    public static Tensor InitialMagnitude(Tensor table) =>
        Tensor.FromValues(LowRank.ColumnNorms(Widened(table)), table.Columns);

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
        var sum = LowRank.Add(source, lora.TransposedA, LowRank.Transpose(lora.B), lora.Scale);
        if (magnitude is not null)
        {
            LowRank.NormalizeColumns(sum, magnitude.AsFloats());
        }

        return sum;
    }

    private IEnumerable<(string Name, Tensor Tensor)> Tensors(Tensor a)
    {
        yield return ($"{layer.Name}.lora_embedding_A", a);
        yield return ($"{layer.Name}.lora_embedding_B", lora.B);
        if (magnitude is not null)
        {
            yield return ($"{layer.Name}.lora_magnitude_vector", magnitude);
        }
    }
}
