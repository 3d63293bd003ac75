using System.Diagnostics.CodeAnalysis;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Configuration;

/// <summary>Which layers see only a window of the last tokens.</summary>
internal enum WindowRule
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>All, where sliding_window is given.</summary>
    All,

    /// <summary>Those from max_window_layers on, where use_sliding_window is true.</summary>
    FromLayer,

    /// <summary>Every second one, the first included.</summary>
    Alternate,
}

/// <summary>Which projections of the attention have a bias.</summary>
internal enum AttentionBiasRule
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Queries, keys, values and the output, where attention_bias is true.</summary>
    Configured,

    /// <summary>Queries, keys and values.</summary>
    QueryKeyValue,
}

/// <summary>
/// What Transformers' configuration class of a model_type assumes where config.json is silent, and what its model
/// class does without being asked.
/// </summary>
internal sealed record ModelFamily(string ModelType, string Architecture)
{
    public int HiddenSize { get; init; } = 4096;

    public int IntermediateSize { get; init; } = 11008;

    public int Layers { get; init; } = 32;

    public int Heads { get; init; } = 32;

    /// <summary>Null: as many as heads.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>Null: hidden size over heads.</summary>
    public int? HeadDimension { get; init; }

    public int VocabularySize { get; init; } = 32000;

    public int MaxPositions { get; init; } = 2048;

    public double NormEpsilon { get; init; } = 1e-6;

    public bool TiedEmbeddings { get; init; }

    public string ActivationField { get; init; } = "hidden_act";

    public Activation Activation { get; init; } = Activation.Silu;

    public AttentionBiasRule AttentionBias { get; init; } = AttentionBiasRule.Configured;

    /// <summary>Whether mlp_bias is read.</summary>
    public bool MlpBias { get; init; }

    public WindowRule Window { get; init; }

    public int? SlidingWindow { get; init; }

    public bool QueryKeyNorm { get; init; }

    /// <summary>Norms before and after the feed-forward part, and after the attention.</summary>
    public bool FeedForwardNorms { get; init; }

    public float NormOffset { get; init; }

    public bool ScaledEmbedding { get; init; }

    /// <summary>Null: the scores are scaled by the head dimension, and query_pre_attn_scalar is not read.</summary>
    public double? QueryScalar { get; init; }

    /// <summary>Null: attn_logit_softcapping is not read.</summary>
    public double? AttentionSoftcap { get; init; }

    /// <summary>Null: final_logit_softcapping is not read.</summary>
    public double? FinalSoftcap { get; init; }

    public int? BeginOfSequence { get; init; }

    public int? EndOfSequence { get; init; }

    public int? Padding { get; init; }

    /// <summary>Every model_type that can be loaded.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        new("llama", "LlamaForCausalLM")
        {
            MlpBias = true,
            BeginOfSequence = 1,
            EndOfSequence = 2,
        },
        new("mistral", "MistralForCausalLM")
        {
            IntermediateSize = 14336,
            KeyValueHeads = 8,
            MaxPositions = 4096 * 32,
            AttentionBias = AttentionBiasRule.None,
            Window = WindowRule.All,
            SlidingWindow = 4096,
            BeginOfSequence = 1,
            EndOfSequence = 2,
        },
        new("qwen2", "Qwen2ForCausalLM")
        {
            IntermediateSize = 22016,
            KeyValueHeads = 32,
            VocabularySize = 151936,
            MaxPositions = 32768,
            AttentionBias = AttentionBiasRule.QueryKeyValue,
            Window = WindowRule.FromLayer,
            SlidingWindow = 4096,
        },
        new("qwen3", "Qwen3ForCausalLM")
        {
            IntermediateSize = 22016,
            KeyValueHeads = 32,
            HeadDimension = 128,
            VocabularySize = 151936,
            MaxPositions = 32768,
            QueryKeyNorm = true,
            Window = WindowRule.FromLayer,
            SlidingWindow = 4096,
        },
        new("gemma2", "Gemma2ForCausalLM")
        {
            HiddenSize = 2304,
            IntermediateSize = 9216,
            Layers = 26,
            Heads = 8,
            KeyValueHeads = 4,
            HeadDimension = 256,
            VocabularySize = 256000,
            MaxPositions = 8192,
            TiedEmbeddings = true,
            ActivationField = "hidden_activation",
            Activation = Activation.GeluTanh,
            Window = WindowRule.Alternate,
            SlidingWindow = 4096,
            FeedForwardNorms = true,
            NormOffset = 1,
            ScaledEmbedding = true,
            QueryScalar = 256,
            AttentionSoftcap = 50,
            FinalSoftcap = 30,
            BeginOfSequence = 2,
            EndOfSequence = 1,
            Padding = 0,
        },
    ];

    /// <summary>The names that <see cref="TryGet"/> knows, for messages.</summary>
    public static string Known => string.Join(", ", All.Select(family => family.ModelType));

    public static bool TryGet(string modelType, [NotNullWhen(true)] out ModelFamily? family)
    {
        family = All.FirstOrDefault(item => string.Equals(item.ModelType, modelType, StringComparison.Ordinal));
        return family is not null;
    }

    /// <summary>A family that is known to exist.</summary>
    public static ModelFamily Of(string modelType) =>
        TryGet(modelType, out var family)
            ? family
            : throw new ArgumentException($"model_type {modelType} is none of {Known}", nameof(modelType));
}
