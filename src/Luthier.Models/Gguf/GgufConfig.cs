using System.Text;
using System.Text.Json.Nodes;
using Luthier.Formats.Gguf;
using Luthier.Models.Configuration;

namespace Luthier.Models.Gguf;

/// <summary>
/// Reads a model's configuration from GGUF metadata: says in the terms of <c>config.json</c> what the file says, so that
/// one reader checks both.
/// </summary>
internal sealed class GgufConfig
{
    public const string ArchitectureKey = "general.architecture";

    // Gemma 2 of 46 layers scales its scores by hidden size over heads, smaller ones by the head's size.
    private const int LayersOfLargestGemma = 46;

    private readonly GgufFile file;
    private readonly string architecture;
    private readonly ModelFamily family;

    private GgufConfig(GgufFile file)
    {
        this.file = file;
        var stated = file[ArchitectureKey];
        architecture = stated.AsString();
        family = Architectures.Contains(architecture, StringComparer.Ordinal)
            ? ModelFamily.Of(architecture)
            : throw stated.Expected($"one of {string.Join(", ", Architectures)}");
    }

    /// <summary>The architectures that are read; files of Mistral models call themselves llama.</summary>
    public static IReadOnlyList<string> Architectures { get; } = ["llama", "qwen2", "qwen3", "gemma2"];

    /// <exception cref="Formats.InvalidFileException">The metadata is not that of a model that can be loaded.</exception>
    public static ModelConfig Read(GgufFile file)
    {
        var reader = new GgufConfig(file);
        var json = reader.ToJson();
        var config = Parse(file, json);
        if (!file.Tensors.ContainsKey(GgufNames.RopeFactors))
        {
            return config;
        }

        var scaling = RopeFactors.Find(file.Path, config, file.Get(GgufNames.RopeFactors));
        if (scaling.Kind == RopeScalingKind.Default)
        {
            return config;
        }

        json["rope_scaling"] = new JsonObject
        {
            ["rope_type"] = "llama3",
            ["factor"] = (double)scaling.Factor,
            ["low_freq_factor"] = scaling.LowFrequencyFactor,
            ["high_freq_factor"] = scaling.HighFrequencyFactor,
            ["original_max_position_embeddings"] = scaling.OriginalMaxPositions,
        };
        return Parse(file, json);
    }

    /// <summary>What multiplies the attention's scores of a Gemma 2 of these sizes; files don't say.</summary>
    public static double GemmaScale(ModelConfig config) =>
        1 / Math.Sqrt(QueryScalar(config.Layers, config.HiddenSize, config.Heads, config.HeadDimension));

    /// <summary>What yarn multiplies cos and sin by where nothing else is given.</summary>
    public static double YarnFactor(double factor) => (0.1 * Math.Log(factor)) + 1;

    private static double QueryScalar(int layers, int hidden, int heads, int headDimension) =>
        layers == LayersOfLargestGemma ? hidden / (double)heads : headDimension;

    private static ModelConfig Parse(GgufFile file, JsonObject json) =>
        ModelConfig.Parse(file.Path, Encoding.UTF8.GetBytes(json.ToJsonString()));

    private JsonObject ToJson()
    {
        var hidden = Integer("embedding_length");
        var heads = Uniform("attention.head_count");
        var headDimension = Find("attention.key_length")?.AsInt32(2) ?? (heads > 0 ? hidden / heads : 0);
        var layers = Integer("block_count");
        var json = new JsonObject
        {
            ["model_type"] = family.ModelType,
            ["architectures"] = new JsonArray(family.Architecture),
            ["hidden_size"] = hidden,
            ["intermediate_size"] = Uniform("feed_forward_length"),
            ["num_hidden_layers"] = layers,
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = Find("attention.head_count_kv") is null
                ? heads
                : Uniform("attention.head_count_kv"),
            ["head_dim"] =
                heads * headDimension == hidden || Find("attention.key_length") is not null ? headDimension : null,
            ["vocab_size"] = VocabularySize(),
            ["max_position_embeddings"] = Integer("context_length"),
            ["rms_norm_eps"] = Required("attention.layer_norm_rms_epsilon").AsDouble(),
            ["rope_theta"] = Find("rope.freq_base")?.AsDouble() ?? 10000,
            ["rope_scaling"] = RopeScalingJson(),
            ["tie_word_embeddings"] = !file.Tensors.ContainsKey(GgufNames.HeadWeight),
        };
        AddBiases(json);
        AddGemma(json, layers, hidden, heads, headDimension);
        AddSpecialTokens(json);
        RefuseUnsupported(headDimension);
        return json;
    }

    private void AddBiases(JsonObject json)
    {
        json["attention_bias"] = file.Tensors.ContainsKey("blk.0.attn_output.bias");
        if (family.MlpBias)
        {
            json["mlp_bias"] = file.Tensors.ContainsKey("blk.0.ffn_up.bias");
        }
    }

    private void AddGemma(JsonObject json, int layers, int hidden, int heads, int headDimension)
    {
        if (family.QueryScalar is null)
        {
            // Other families' windows are not among what the file's makers compute with.
            json["sliding_window"] = null;
            return;
        }

        json["query_pre_attn_scalar"] = QueryScalar(layers, hidden, heads, headDimension);
        json["sliding_window"] = Find("attention.sliding_window")?.AsInt32(1) ?? family.SlidingWindow;
        json["attn_logit_softcapping"] = Find("attn_logit_softcapping")?.AsDouble() ?? family.AttentionSoftcap;
        json["final_logit_softcapping"] = Find("final_logit_softcapping")?.AsDouble() ?? family.FinalSoftcap;
    }

    private void AddSpecialTokens(JsonObject json)
    {
        var ends = new JsonArray();
        foreach (var id in GgufSpecialTokens.Ends(file))
        {
            ends.Add(id);
        }

        json["eos_token_id"] = ends;
        json["bos_token_id"] = GgufSpecialTokens.Id(file, "bos");
        json["pad_token_id"] = GgufSpecialTokens.Id(file, "padding");
    }

    private JsonObject? RopeScalingJson()
    {
        var factor = Find("rope.scaling.factor")?.AsDouble() ?? Find("rope.scale_linear")?.AsDouble() ?? 1;
        var kind = Find("rope.scaling.type") is { } stated ? stated.AsString() : "linear";
        if (kind is "none" || (kind is "linear" && factor is 1 or 0))
        {
            return null;
        }

        if (kind is not ("linear" or "yarn"))
        {
            throw Find("rope.scaling.type")!.Expected("none, linear or yarn");
        }

        var json = new JsonObject { ["rope_type"] = kind, ["factor"] = factor };
        if (Find("rope.scaling.original_context_length") is { } original)
        {
            json["original_max_position_embeddings"] = original.AsInt32(1);
        }

        if (kind is "yarn" && Find("rope.scaling.attn_factor") is { } attention)
        {
            // The file's factor multiplies what follows from the rule.
            json["attention_factor"] = attention.AsDouble() * YarnFactor(factor);
        }

        return json;
    }

    private int VocabularySize() =>
        file.Tensors.TryGetValue(GgufNames.EmbeddingWeight, out var table) && table.Shape.Length == 2 ? table.Shape[0]
        : Find("vocab_size") is { } stated ? stated.AsInt32(1)
        : file["tokenizer.ggml.tokens"].Count;

    private void RefuseUnsupported(int headDimension)
    {
        CheckEqual("attention.value_length", headDimension);
        CheckEqual("rope.dimension_count", headDimension);
        CheckEqual("expert_count", 0);
        if (file.Find("split.count") is { } parts && parts.AsInt32() > 1)
        {
            throw parts.Expected("a model in one file; merge its parts first");
        }
    }

    private void CheckEqual(string name, int expected)
    {
        if (Find(name) is { } value && value.AsInt32() != expected)
        {
            throw value.Expected($"{expected}");
        }
    }

    /// <summary>A number that may be given for each layer, but must be the same for all.</summary>
    private int Uniform(string name)
    {
        var value = Required(name);
        if (value.ItemType is null)
        {
            return value.AsInt32(1);
        }

        var items = value.AsInt32s();
        return items.Length > 0 && items[0] > 0 && Array.TrueForAll(items, item => item == items[0])
            ? items[0]
            : throw value.Invalid("expected the same number above 0 for all layers");
    }

    private int Integer(string name) => Required(name).AsInt32(1);

    private GgufValue Required(string name) => file[$"{architecture}.{name}"];

    private GgufValue? Find(string name) => file.Find($"{architecture}.{name}");
}
