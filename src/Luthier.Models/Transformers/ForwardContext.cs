using Luthier.Tensors;
using Luthier.Tensors.KeyValues;

namespace Luthier.Models.Transformers;

/// <summary>
/// What every layer of one forward pass reads: cos and sin [n, d/2] of the tokens' positions, and either the batch or,
/// for generation, the paged batch with its cache.
/// </summary>
internal sealed class ForwardContext
{
    public required Tensor Cos { get; set; }

    public required Tensor Sin { get; set; }

    public Batch? Batch { get; init; }

    public PagedBatch? Paged { get; set; }

    public PagedKeyValueCache? PagedCache { get; set; }
}
