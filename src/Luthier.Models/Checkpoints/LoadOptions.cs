using Luthier.Models.Quantization;
using Luthier.Tensors;

namespace Luthier.Models.Checkpoints;

/// <summary>How weights come into memory.</summary>
public sealed record LoadOptions
{
    /// <summary>
    /// The element type that weights get: float32, bfloat16 or float16. Null keeps the file's, and then nothing is
    /// copied: the weights are views of the mapped file. Weights of a block type stay as they are unless they are to be
    /// writable.
    /// </summary>
    public DType? DType { get; init; }

    /// <summary>Whether the weights are to be changed, by training: they are then copied into memory of their own.</summary>
    public bool Writable { get; init; }

    /// <summary>Quantizes projections and embeddings by a mix while they are loaded; null leaves them as they are.</summary>
    public WeightMix? Quantization { get; init; }

    /// <summary>Threads that quantize; 0 takes all cores.</summary>
    public int Threads { get; init; }
}
