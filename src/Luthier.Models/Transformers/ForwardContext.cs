using Luthier.Tensors;

namespace Luthier.Models.Transformers;

/// <summary>What every layer of one forward pass reads: the batch, cos and sin [n, d/2] of its positions, the caches.</summary>
internal sealed record ForwardContext(Batch Batch, Tensor Cos, Tensor Sin, IReadOnlyList<KeyValueCache>? Caches);
