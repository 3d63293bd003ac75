using Luthier.Formats.Weights;
using Luthier.Tensors;

namespace Luthier.Models.Checkpoints;

/// <summary>How a model is written.</summary>
public sealed record SaveOptions
{
    /// <summary>Element type of all weights; null keeps each weight's own.</summary>
    public DType? DType { get; init; }

    /// <summary>The largest file of more than one tensor.</summary>
    public long MaxShardBytes { get; init; } = WeightWriter.DefaultMaxShardBytes;

    /// <summary><see cref="WeightNaming.Safetensors"/> or <see cref="WeightNaming.PyTorch"/>.</summary>
    public WeightNaming Format { get; init; } = WeightNaming.Safetensors;
}
