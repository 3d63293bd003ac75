using Luthier.Formats;
using Luthier.Models.Configuration;
using Luthier.Tensors;

namespace Luthier.Models.Transformers;

/// <summary>What a module of a model is, as far as adapters and files care.</summary>
public enum ModuleKind
{
    /// <summary>It only holds other modules.</summary>
    Container = 0,

    /// <summary>A token embedding; weight [vocabulary, d].</summary>
    Embedding,

    /// <summary>A projection; weight [out, in], and a bias [out] where it has one.</summary>
    Linear,

    /// <summary>A normalisation; weight [d].</summary>
    Norm,
}

/// <param name="Name">Name in the model, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Rows">First dimension of the weight; 0 for containers.</param>
/// <param name="Columns">Second dimension of the weight; 0 where it has one dimension only.</param>
/// <param name="HasBias">Whether there is a bias of <paramref name="Rows"/> elements.</param>
public sealed record ModuleInfo(string Name, ModuleKind Kind, int Rows = 0, int Columns = 0, bool HasBias = false)
{
    /// <summary>The weight's full name.</summary>
    public string WeightName { get; } = $"{Name}.weight";

    /// <summary>The bias's full name.</summary>
    public string BiasName { get; } = $"{Name}.bias";

    /// <summary>Whether it is the output projection.</summary>
    public bool IsHead => string.Equals(Name, ModelLayout.HeadName, StringComparison.Ordinal);
}

/// <summary>Names and shapes of a model's modules and parameters, known from its configuration alone.</summary>
public static class ModelLayout
{
    public const string EmbeddingName = "model.embed_tokens";

    public const string HeadName = "lm_head";

    /// <summary>All modules, in the order in which Transformers registers them.</summary>
    public static IEnumerable<ModuleInfo> Modules(ModelConfig config)
    {
        yield return new("model", ModuleKind.Container);
        yield return new(EmbeddingName, ModuleKind.Embedding, config.VocabularySize, config.HiddenSize);
        yield return new("model.layers", ModuleKind.Container);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            foreach (var module in LayerModules(config, $"model.layers.{layer}"))
            {
                yield return module;
            }
        }

        yield return new("model.norm", ModuleKind.Norm, config.HiddenSize);
        yield return new(HeadName, ModuleKind.Linear, config.VocabularySize, config.HiddenSize);
    }

    /// <summary>
    /// All parameters in the order of a state dictionary. A tied output projection is not one of them: it is the
    /// embedding table.
    /// </summary>
    public static IEnumerable<TensorInfo> Parameters(ModelConfig config, DType dtype)
    {
        foreach (var module in Modules(config))
        {
            if (module.Kind == ModuleKind.Container || (config.TiedEmbeddings && module.IsHead))
            {
                continue;
            }

            yield return module.Columns == 0
                ? new TensorInfo(module.WeightName, dtype, module.Rows)
                : new TensorInfo(module.WeightName, dtype, module.Rows, module.Columns);
            if (module.HasBias)
            {
                yield return new TensorInfo(module.BiasName, dtype, module.Rows);
            }
        }
    }

    private static IEnumerable<ModuleInfo> LayerModules(ModelConfig config, string name)
    {
        var (hidden, inner) = (config.HiddenSize, config.IntermediateSize);
        var queries = config.Heads * config.HeadDimension;
        var keys = config.KeyValueHeads * config.HeadDimension;
        yield return new(name, ModuleKind.Container);
        yield return new($"{name}.self_attn", ModuleKind.Container);
        yield return new($"{name}.self_attn.q_proj", ModuleKind.Linear, queries, hidden, config.AttentionBias);
        yield return new($"{name}.self_attn.k_proj", ModuleKind.Linear, keys, hidden, config.AttentionBias);
        yield return new($"{name}.self_attn.v_proj", ModuleKind.Linear, keys, hidden, config.AttentionBias);
        yield return new($"{name}.self_attn.o_proj", ModuleKind.Linear, hidden, queries, config.AttentionOutputBias);
        if (config.QueryKeyNorm)
        {
            yield return new($"{name}.self_attn.q_norm", ModuleKind.Norm, config.HeadDimension);
            yield return new($"{name}.self_attn.k_norm", ModuleKind.Norm, config.HeadDimension);
        }

        yield return new($"{name}.mlp", ModuleKind.Container);
        yield return new($"{name}.mlp.gate_proj", ModuleKind.Linear, inner, hidden, config.MlpBias);
        yield return new($"{name}.mlp.up_proj", ModuleKind.Linear, inner, hidden, config.MlpBias);
        yield return new($"{name}.mlp.down_proj", ModuleKind.Linear, hidden, inner, config.MlpBias);
        yield return new($"{name}.input_layernorm", ModuleKind.Norm, hidden);
        yield return new($"{name}.post_attention_layernorm", ModuleKind.Norm, hidden);
        if (config.FeedForwardNorms)
        {
            yield return new($"{name}.pre_feedforward_layernorm", ModuleKind.Norm, hidden);
            yield return new($"{name}.post_feedforward_layernorm", ModuleKind.Norm, hidden);
        }
    }
}
