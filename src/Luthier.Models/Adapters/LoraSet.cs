using Luthier.Models.Layers;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Adapters;

/// <summary>
/// The low-rank updates of an adapter by projection, for passes in which each sequence has an adapter of its own: the
/// model itself stays as it is.
/// </summary>
public sealed class LoraSet
{
    private readonly Dictionary<LinearLayer, LoraWeights> updates;

    internal LoraSet(Dictionary<LinearLayer, LoraWeights> updates) => this.updates = updates;

    /// <summary>The update of a projection, or null.</summary>
    public LoraWeights? Of(LinearLayer layer) => updates.GetValueOrDefault(layer);
}
