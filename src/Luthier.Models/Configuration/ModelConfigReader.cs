using System.Text.Json.Nodes;
using Luthier.Formats.Json;
using Luthier.Tensors;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Configuration;

/// <summary>Turns a <c>config.json</c> into a <see cref="ModelConfig"/>, or says everything that is wrong with it.</summary>
internal sealed class ModelConfigReader
{
    // Far above any model; they keep sizes computed from a hostile file within what an integer holds.
    private const int MaxSize = 1 << 20;
    private const int MaxLayers = 1 << 14;
    private const int MaxVocabulary = 1 << 26;

    private static readonly (string Name, Activation Activation)[] Activations =
    [
        ("silu", Activation.Silu),
        ("swish", Activation.Silu),
        ("gelu", Activation.Gelu),
        ("gelu_new", Activation.GeluTanh),
        ("gelu_fast", Activation.GeluTanh),
        ("gelu_pytorch_tanh", Activation.GeluTanh),
    ];

    private readonly FieldReader fields;
    private readonly ModelFamily family;

    private ModelConfigReader(JsonField root)
    {
        fields = new FieldReader(root);
        var type = root["model_type"];
        family = ModelFamily.TryGet(type.AsString(), out var known)
            ? known
            : throw type.Expected($"one of {ModelFamily.Known}");
    }

    public static ModelConfig Read(JsonField root) => new ModelConfigReader(root).Read();

    private ModelConfig Read()
    {
        var layers = fields.Integer("num_hidden_layers", family.Layers, maximum: MaxLayers);
        var rope = RopeReader.Read(fields);
        var sizes = ReadSizes();
        var attentionBias =
            family.AttentionBias == AttentionBiasRule.Configured && fields.Boolean("attention_bias", fallback: false);
        var config = new ModelConfig
        {
            ModelType = family.ModelType,
            HiddenSize = sizes.Hidden,
            IntermediateSize = fields.Integer("intermediate_size", family.IntermediateSize, maximum: MaxSize),
            Layers = layers,
            Heads = sizes.Heads,
            KeyValueHeads = sizes.KeyValueHeads,
            HeadDimension = sizes.HeadDimension,
            VocabularySize = fields.Integer("vocab_size", family.VocabularySize, maximum: MaxVocabulary),
            MaxPositions = fields.Integer("max_position_embeddings", family.MaxPositions),
            Activation = ReadActivation(),
            NormEpsilon = (float)fields.Positive("rms_norm_eps", family.NormEpsilon),
            NormOffset = family.NormOffset,
            AttentionBias = attentionBias || family.AttentionBias == AttentionBiasRule.QueryKeyValue,
            AttentionOutputBias = attentionBias,
            MlpBias = family.MlpBias && fields.Boolean("mlp_bias", fallback: false),
            TiedEmbeddings = fields.Boolean("tie_word_embeddings", family.TiedEmbeddings),
            QueryKeyNorm = family.QueryKeyNorm,
            FeedForwardNorms = family.FeedForwardNorms,
            ScaledEmbedding = family.ScaledEmbedding,
            AttentionScale = ReadAttentionScale(sizes.HeadDimension),
            AttentionSoftcap = ReadCap("attn_logit_softcapping", family.AttentionSoftcap),
            FinalSoftcap = ReadCap("final_logit_softcapping", family.FinalSoftcap),
            Windows = ReadWindows(layers),
            RopeTheta = rope.Theta,
            RopeScaling = rope.Scaling,
            InitializerRange = fields.Positive("initializer_range", 0.02),
            DType = ReadDType(),
            BeginOfSequence = fields.OptionalInteger("bos_token_id", family.BeginOfSequence, int.MinValue),
            EndOfSequence = fields.Ids("eos_token_id", family.EndOfSequence),
            Padding = fields.OptionalInteger("pad_token_id", family.Padding, int.MinValue),
            Raw = (JsonObject)fields.Root.AsNode()!,
        };
        RefuseUnsupported();
        fields.ThrowIfInvalid();
        return config;
    }

    private (int Hidden, int Heads, int KeyValueHeads, int HeadDimension) ReadSizes()
    {
        var hidden = fields.Integer("hidden_size", family.HiddenSize, maximum: MaxSize);
        var heads = fields.Integer("num_attention_heads", family.Heads, maximum: MaxSize);
        var keyValueHeads =
            fields.OptionalInteger("num_key_value_heads", family.KeyValueHeads, minimum: 1, MaxSize) ?? heads;
        var given = fields.OptionalInteger("head_dim", family.HeadDimension, minimum: 2, MaxSize);
        fields.Check(
            heads % keyValueHeads == 0,
            $"field num_key_value_heads: expected a divisor of num_attention_heads ({heads}), found {keyValueHeads}"
        );
        fields.Check(
            given is not null || hidden % heads == 0,
            $"field hidden_size: expected a multiple of num_attention_heads ({heads}) where head_dim is not given, found {hidden}"
        );
        var dimension = given ?? Math.Max(hidden / heads, 2);
        fields.Check(
            dimension % 2 == 0,
            given is null
                ? $"field hidden_size: expected an even number for each of num_attention_heads ({heads}), found {hidden}"
                : $"field head_dim: expected an even number, found {dimension}"
        );
        fields.Check(
            (long)heads * dimension <= MaxSize,
            $"field num_attention_heads: expected at most {MaxSize} elements in all heads, found {heads} of {dimension}"
        );
        return (hidden, heads, keyValueHeads, dimension);
    }

    private Activation ReadActivation() =>
        fields.Read(
            family.ActivationField,
            family.Activation,
            field =>
            {
                var name = field.AsString();
                var index = Array.FindIndex(
                    Activations,
                    item => string.Equals(item.Name, name, StringComparison.Ordinal)
                );
                return index >= 0
                    ? Activations[index].Activation
                    : throw field.Expected($"one of {string.Join(", ", Activations.Select(item => item.Name))}");
            }
        );

    private double ReadAttentionScale(int headDimension) =>
        1
        / Math.Sqrt(
            family.QueryScalar is { } scalar ? fields.Positive("query_pre_attn_scalar", scalar) : headDimension
        );

    private float ReadCap(string name, double? fallback) =>
        fallback is null ? 0 : (float)(fields.OptionalPositive(name, fallback) ?? 0);

    private int[] ReadWindows(int layers)
    {
        var windows = new int[layers];
        if (family.Window == WindowRule.None)
        {
            return windows;
        }

        var window = fields.OptionalInteger("sliding_window", family.SlidingWindow, minimum: 1) ?? 0;
        var used = family.Window != WindowRule.FromLayer || fields.Boolean("use_sliding_window", fallback: false);
        var first = family.Window == WindowRule.FromLayer ? fields.Integer("max_window_layers", 28, minimum: 0) : 0;
        var sliding = ReadLayerTypes(layers);
        for (var layer = 0; layer < layers; layer++)
        {
            var inRule = family.Window == WindowRule.Alternate ? layer % 2 == 0 : layer >= first;
            windows[layer] = used && (sliding?[layer] ?? inRule) ? window : 0;
        }

        return windows;
    }

    /// <summary>Newer files list for each layer whether it slides; null where the list is missing.</summary>
    private bool[]? ReadLayerTypes(int layers) =>
        fields.Read(
            "layer_types",
            fallback: null,
            field =>
                field.ItemCount == layers
                    ? (bool[]?)
                        [
                            .. field
                                .Items()
                                .Select(item =>
                                    item.AsString() switch
                                    {
                                        "sliding_attention" => true,
                                        "full_attention" => false,
                                        _ => throw item.Expected("sliding_attention or full_attention"),
                                    }
                                ),
                        ]
                    : throw field.Invalid($"expected {layers} layers, found {field.ItemCount}")
        );

    private DType? ReadDType() =>
        (fields.Text("torch_dtype") ?? fields.Text("dtype")) is { } name && DTypeNames.TryParse(name, out var dtype)
            ? dtype
            : null;

    private void RefuseUnsupported()
    {
        fields.Check(
            fields.Root.Find("quantization_config") is null,
            "field quantization_config: expected none, because quantized weights are not read"
        );
        var rotary = fields.Positive("partial_rotary_factor", 1);
        fields.Check(rotary is 1, $"field partial_rotary_factor: expected 1, found {rotary}");
    }
}
