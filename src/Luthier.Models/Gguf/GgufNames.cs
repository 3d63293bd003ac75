using System.Globalization;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;

namespace Luthier.Models.Gguf;

/// <summary>The names that GGUF files have for a model's parameters.</summary>
internal static class GgufNames
{
    public const string EmbeddingWeight = "token_embd.weight";
    public const string HeadWeight = "output.weight";

    /// <summary>Factors that divide the rotary frequencies, of Llama 3's kind.</summary>
    public const string RopeFactors = "rope_freqs.weight";

    private const string LayerPrefix = "model.layers.";

    private static readonly Dictionary<string, string> Whole = new(StringComparer.Ordinal)
    {
        [ModelLayout.EmbeddingName] = "token_embd",
        ["model.norm"] = "output_norm",
        [ModelLayout.HeadName] = "output",
    };

    private static readonly Dictionary<string, string> InLayer = new(StringComparer.Ordinal)
    {
        ["input_layernorm"] = "attn_norm",
        ["self_attn.q_proj"] = "attn_q",
        ["self_attn.k_proj"] = "attn_k",
        ["self_attn.v_proj"] = "attn_v",
        ["self_attn.o_proj"] = "attn_output",
        ["self_attn.q_norm"] = "attn_q_norm",
        ["self_attn.k_norm"] = "attn_k_norm",
        ["post_attention_layernorm"] = "ffn_norm",
        ["mlp.gate_proj"] = "ffn_gate",
        ["mlp.up_proj"] = "ffn_up",
        ["mlp.down_proj"] = "ffn_down",
    };

    // Where the feed-forward part has norms of its own, the one after the attention is really that.
    private static readonly Dictionary<string, string> InLayerWithNorms = new(InLayer, StringComparer.Ordinal)
    {
        ["post_attention_layernorm"] = "post_attention_norm",
        ["pre_feedforward_layernorm"] = "ffn_norm",
        ["post_feedforward_layernorm"] = "post_ffw_norm",
    };

    /// <summary>A parameter's name in a file: <c>model.layers.3.mlp.up_proj.weight</c> is <c>blk.3.ffn_up.weight</c>.</summary>
    public static string Of(string parameter, ModelConfig config)
    {
        var (module, part) = SplitLast(parameter);
        if (!module.StartsWith(LayerPrefix, StringComparison.Ordinal))
        {
            return $"{Whole[module]}.{part}";
        }

        var layer = LayerOf(parameter)!.Value;
        var inLayer = module[(module.IndexOf('.', LayerPrefix.Length) + 1)..];
        var names = config.FeedForwardNorms ? InLayerWithNorms : InLayer;
        return string.Create(CultureInfo.InvariantCulture, $"blk.{layer}.{names[inLayer]}.{part}");
    }

    /// <summary>The layer that a parameter belongs to, or null.</summary>
    public static int? LayerOf(string parameter)
    {
        if (!parameter.StartsWith(LayerPrefix, StringComparison.Ordinal))
        {
            return null;
        }

        var end = parameter.IndexOf('.', LayerPrefix.Length);
        return int.Parse(parameter.AsSpan(LayerPrefix.Length, end - LayerPrefix.Length), CultureInfo.InvariantCulture);
    }

    private static (string Module, string Part) SplitLast(string parameter)
    {
        var dot = parameter.LastIndexOf('.');
        return (parameter[..dot], parameter[(dot + 1)..]);
    }
}
