using System.Text.Json.Nodes;
using Luthier.Models.Configuration;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Checkpoints;

/// <summary>The fields of params.json.</summary>
internal static class MetaParameters
{
    private const double PlainTheta = 10000;

    // What the published models have, most usual first.
    private static readonly int[] Multiples = [256, 1024, 4096, 512, 2048, 128, 64, 32, 16, 8, 4, 2, 1];
    private static readonly int[] MultiplesOfScaled = [4096, 1024, 256];
    private const double PublishedMultiplier = 1.3;

    /// <exception cref="NotSupportedException">The layout has no place for something that the model has.</exception>
    public static JsonObject Of(ModelConfig config)
    {
        RefuseUnsupported(config);
        var (multiple, multiplier) = FeedForward(config.HiddenSize, config.IntermediateSize);
        var json = new JsonObject
        {
            ["dim"] = config.HiddenSize,
            ["multiple_of"] = multiple,
            ["n_heads"] = config.Heads,
            ["n_kv_heads"] = config.KeyValueHeads,
            ["n_layers"] = config.Layers,
            ["norm_eps"] = Shortest(config.NormEpsilon),
            ["vocab_size"] = config.VocabularySize,
        };
        if (multiplier is { } factor)
        {
            json["ffn_dim_multiplier"] = factor;
        }

        if (config.RopeTheta is not PlainTheta)
        {
            json["rope_theta"] = config.RopeTheta;
        }

        if (config.RopeScaling.Kind == RopeScalingKind.Llama3)
        {
            json["use_scaled_rope"] = true;
            json["rope_scaling_factor"] = config.RopeScaling.Factor;
            json["rope_high_freq_factor"] = config.RopeScaling.HighFrequencyFactor;
        }

        return json;
    }

    /// <summary>
    /// The layout gives the feed-forward size by a rule: two thirds of four times the model's, times a multiplier,
    /// rounded down and then up to a multiple. Finds a rule that gives the size wanted.
    /// </summary>
    internal static (int Multiple, double? Multiplier) FeedForward(int hidden, int intermediate)
    {
        foreach (var multiple in Multiples)
        {
            if (Rule(hidden, 1, multiple) == intermediate)
            {
                return (multiple, null);
            }
        }

        foreach (var multiple in MultiplesOfScaled)
        {
            if (Rule(hidden, PublishedMultiplier, multiple) == intermediate)
            {
                return (multiple, PublishedMultiplier);
            }
        }

        // Half an element more, so that rounding down gives exactly the size.
        return (1, (intermediate + 0.5) / Base(hidden));
    }

    private static int Base(int hidden) => (int)(2L * 4 * hidden / 3);

    private static long Rule(int hidden, double multiplier, int multiple)
    {
        var size = (long)(multiplier * Base(hidden));
        return (size + multiple - 1) / multiple * multiple;
    }

    private static void RefuseUnsupported(ModelConfig config)
    {
        var isPlain =
            config.ModelType is "llama" or "mistral"
            && config is { AttentionBias: false, AttentionOutputBias: false, MlpBias: false }
            && config.Activation == Activation.Silu
            && config.Windows.All(window => window == 0)
            && config.HeadDimension * config.Heads == config.HiddenSize;
        if (!isPlain || config.RopeScaling.Kind is not (RopeScalingKind.Default or RopeScalingKind.Llama3))
        {
            throw new NotSupportedException(
                $"the meta layout holds plain Llama models only: this {config.ModelType} has biases, a sliding window, "
                    + "another activation, head size or rotary scaling"
            );
        }
    }

    /// <summary>The double that a float was read from, without the digits that widening would add.</summary>
    private static double Shortest(float value) =>
        double.Parse(
            value.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
            System.Globalization.CultureInfo.InvariantCulture
        );
}
