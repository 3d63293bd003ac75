using Luthier.Models.Configuration;
using Luthier.Models.Layers;
using Luthier.Tensors;

namespace Luthier.Models.Transformers;

/// <summary>Makes a model's layers from its weights by their names, and remembers them.</summary>
internal sealed class LayerFactory(ModelConfig config, IReadOnlyDictionary<string, Tensor> weights)
{
    public Dictionary<string, LinearLayer> Linears { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, NormLayer> Norms { get; } = new(StringComparer.Ordinal);

    public LinearLayer Linear(string name) =>
        Linears[name] = new LinearLayer(name, weights[$"{name}.weight"], weights.GetValueOrDefault($"{name}.bias"));

    /// <summary>The output projection: the embedding table's own tensor where the model ties them.</summary>
    public LinearLayer Head() =>
        config.TiedEmbeddings
            ? Linears[ModelLayout.HeadName] = new LinearLayer(
                ModelLayout.HeadName,
                weights[$"{ModelLayout.EmbeddingName}.weight"],
                bias: null
            )
            : Linear(ModelLayout.HeadName);

    public NormLayer Norm(string name) =>
        Norms[name] = new NormLayer(name, weights[$"{name}.weight"], config.NormEpsilon, config.NormOffset);

    public EmbeddingLayer Embedding() =>
        new(ModelLayout.EmbeddingName, weights[$"{ModelLayout.EmbeddingName}.weight"], config.ScaledEmbedding);
}
