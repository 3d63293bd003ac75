using Luthier.Formats.Gguf;
using Luthier.Models.Configuration;
using Luthier.Models.Quantization;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Gguf;

/// <summary>Says in GGUF metadata what a model's configuration says; the other direction is <see cref="GgufConfig"/>.</summary>
internal static class GgufMetadata
{
    public const string FileTypeKey = "general.file_type";
    public const string QuantizationVersionKey = "general.quantization_version";

    // The version of ggml's block types that are written.
    private const int QuantizationVersion = 2;

    /// <exception cref="NotSupportedException">Such files have no place for something that the model has.</exception>
    public static List<GgufValue> Of(ModelConfig config, string name)
    {
        RefuseUnsupported(config);
        var architecture = config.ModelType is "mistral" ? "llama" : config.ModelType;
        var values = new List<GgufValue>
        {
            GgufValue.Of(GgufConfig.ArchitectureKey, architecture),
            GgufValue.Of("general.type", "model"),
            GgufValue.Of("general.name", name),
            Integer("vocab_size", config.VocabularySize),
            Integer("context_length", config.MaxPositions),
            Integer("embedding_length", config.HiddenSize),
            Integer("block_count", config.Layers),
            Integer("feed_forward_length", config.IntermediateSize),
            Integer("attention.head_count", config.Heads),
            Integer("attention.head_count_kv", config.KeyValueHeads),
            Integer("attention.key_length", config.HeadDimension),
            Integer("attention.value_length", config.HeadDimension),
            Number("attention.layer_norm_rms_epsilon", config.NormEpsilon),
            Integer("rope.dimension_count", config.HeadDimension),
            Number("rope.freq_base", (float)config.RopeTheta),
        };
        if (config.ModelType is "gemma2")
        {
            values.Add(Number("attn_logit_softcapping", config.AttentionSoftcap));
            values.Add(Number("final_logit_softcapping", config.FinalSoftcap));
            values.Add(Integer("attention.sliding_window", config.Windows.Max()));
        }

        if (config.RopeScaling is { Kind: RopeScalingKind.Linear or RopeScalingKind.Yarn } scaling)
        {
            values.AddRange(Scaling(scaling));
        }

        return values;

        GgufValue Integer(string key, int value) => GgufValue.Of($"{architecture}.{key}", value);

        GgufValue Number(string key, float value) => GgufValue.Of($"{architecture}.{key}", value);

        IEnumerable<GgufValue> Scaling(RopeScaling rope)
        {
            yield return GgufValue.Of(
                $"{architecture}.rope.scaling.type",
                rope.Kind == RopeScalingKind.Yarn ? "yarn" : "linear"
            );
            yield return Number("rope.scaling.factor", (float)rope.Factor);
            if (rope.OriginalMaxPositions is { } original)
            {
                yield return Integer("rope.scaling.original_context_length", original);
            }

            if (rope is { Kind: RopeScalingKind.Yarn, AttentionFactor: { } attention })
            {
                yield return Number(
                    "rope.scaling.attn_factor",
                    (float)(attention / GgufConfig.YarnFactor(rope.Factor))
                );
            }
        }
    }

    /// <summary>What says which types the weights have.</summary>
    public static IEnumerable<GgufValue> Of(WeightMix mix) =>
        [GgufValue.Of(FileTypeKey, mix.FileType), GgufValue.Of(QuantizationVersionKey, QuantizationVersion)];

    private static void RefuseUnsupported(ModelConfig config)
    {
        var isGemma = config.ModelType is "gemma2";
        Refuse(
            config.AttentionOutputBias && config.ModelType is not ("llama" or "mistral"),
            "biases of this kind of attention"
        );
        Refuse(config.Activation != (isGemma ? Activation.GeluTanh : Activation.Silu), "another activation");
        Refuse(config.RopeScaling.Kind == RopeScalingKind.Dynamic, "dynamic rotary scaling");
        Refuse(
            config.RopeScaling.Kind == RopeScalingKind.Llama3 && config.ModelType is not ("llama" or "mistral"),
            "this rotary scaling of another family than llama"
        );
        Refuse(
            config.RopeScaling is { Kind: RopeScalingKind.Yarn } yarn
                && (yarn is not { BetaFast: 32, BetaSlow: 1, Truncate: true } || yarn.Mscale is not null),
            "a yarn scaling with other than the usual bounds"
        );
        Refuse(
            isGemma && Math.Abs(config.AttentionScale - GgufConfig.GemmaScale(config)) > 1e-6,
            "another scale of the attention's scores"
        );
        Refuse(
            isGemma && config.Windows.Where((window, layer) => (window > 0) != (layer % 2 == 0)).Any(),
            "other layers with a window than every second one"
        );

        static void Refuse(bool condition, string what)
        {
            if (condition)
            {
                throw new NotSupportedException($"GGUF files have no place for {what}, which this model has");
            }
        }
    }
}
