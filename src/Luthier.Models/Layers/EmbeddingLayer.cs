using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Layers;

/// <summary>
/// A low-rank update of an embedding table: scale · B · A for A [r, vocabulary] and B [d, r]. A is kept transposed,
/// [vocabulary, r], so that a token reads one row.
/// </summary>
public sealed record EmbeddingLora(Tensor TransposedA, Tensor B, float Scale);

/// <summary>Token embeddings from a table [vocabulary, d], with an optional low-rank update.</summary>
public sealed class EmbeddingLayer
{
    internal EmbeddingLayer(string name, Tensor weight, bool scaled)
    {
        Name = name;
        Weight = weight;
        Scale = scaled ? Rounded(MathF.Sqrt(weight.Columns), weight.DType) : 1;
    }

    /// <summary>The module's name.</summary>
    public string Name { get; }

    /// <summary>[vocabulary, d].</summary>
    public Tensor Weight { get; internal set; }

    /// <summary>What an adapter adds, or null.</summary>
    public EmbeddingLora? Lora { get; internal set; }

    /// <summary>What multiplies the rows: 1, or √d rounded to the table's type, as a model in that type computes it.</summary>
    public float Scale { get; }

    /// <param name="ids">n tokens; the caller keeps the array unchanged until the backward pass.</param>
    /// <returns>[n, d].</returns>
    public Tensor Forward(Tape tape, int[] ids)
    {
        var y = Embedding.Apply(tape, ids, Weight, Scale);
        if (Lora is not { } lora)
        {
            return y;
        }

        var reduced = Embedding.Apply(tape, ids, lora.TransposedA, lora.Scale * Scale);
        var update = Linear.Apply(tape, reduced, lora.B);
        tape.Release(reduced);
        var sum = Residual.Apply(tape, y, update);
        tape.Release(y);
        return sum;
    }

    /// <summary>The same for n tokens, without a backward pass.</summary>
    public Tensor Forward(Tape tape, ReadOnlySpan<int> ids) =>
        Lora is null ? Embedding.Gather(tape, ids, Weight, Scale) : Forward(tape, ids.ToArray());

    private static float Rounded(float value, DType dtype) =>
        dtype switch
        {
            DType.BFloat16 => Conversion.BFloat16ToSingle(Conversion.SingleToBFloat16(value)),
            DType.Float16 => (float)(Half)value,
            _ => value,
        };
}
