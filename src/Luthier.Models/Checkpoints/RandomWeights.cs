using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Checkpoints;

/// <summary>New weights as Transformers initialises them, to train a model from scratch.</summary>
public static class RandomWeights
{
    /// <summary>
    /// A float32 model: normal weights with the configuration's standard deviation, norms that change nothing, biases
    /// and the padding token's embedding zero.
    /// </summary>
    /// <param name="seed">Equal seeds give equal weights.</param>
    public static Transformer Create(ModelConfig config, ulong seed)
    {
        var generator = new SeededGenerator(seed);
        var weights = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var module in ModelLayout.Modules(config))
        {
            switch (module.Kind)
            {
                case ModuleKind.Norm:
                    weights[module.WeightName] = Tensor.Create(DType.Float32, module.Rows);
                    weights[module.WeightName].AsFloats().Fill(1 - config.NormOffset);
                    break;
                case ModuleKind.Linear when config.TiedEmbeddings && module.IsHead:
                    break;
                case ModuleKind.Embedding or ModuleKind.Linear:
                    weights[module.WeightName] = Tensor.Create(DType.Float32, module.Rows, module.Columns);
                    generator.FillNormal(weights[module.WeightName], config.InitializerRange);
                    if (module.HasBias)
                    {
                        weights[module.BiasName] = Tensor.Create(DType.Float32, module.Rows);
                    }

                    break;
            }
        }

        if (config.Padding is { } padding and >= 0 && padding < config.VocabularySize)
        {
            weights[$"{ModelLayout.EmbeddingName}.weight"].Slice(padding, 1).AsFloats().Clear();
        }

        var created = config with { DType = DType.Float32 };
        return new Transformer(created, weights) { Generation = GenerationConfig.Of(created) };
    }
}
