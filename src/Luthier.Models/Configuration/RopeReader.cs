using Luthier.Formats.Json;

namespace Luthier.Models.Configuration;

/// <summary>
/// Reads the rotary fields: <c>rope_theta</c> beside <c>rope_scaling</c> (with <c>rope_type</c> or the older
/// <c>type</c>), or both within the newer <c>rope_parameters</c>.
/// </summary>
internal static class RopeReader
{
    private const double DefaultTheta = 10000;

    public static (double Theta, RopeScaling Scaling) Read(FieldReader fields)
    {
        var theta = fields.Positive("rope_theta", DefaultTheta);
        if ((fields.Part("rope_parameters") ?? fields.Part("rope_scaling")) is not { } part)
        {
            return (theta, RopeScaling.None);
        }

        return (part.Positive("rope_theta", theta), ReadScaling(part));
    }

    private static RopeScaling ReadScaling(FieldReader part)
    {
        var kind = part.Read(part.Root.Has("rope_type") ? "rope_type" : "type", RopeScalingKind.Default, ReadKind);
        if (kind == RopeScalingKind.Default)
        {
            return RopeScaling.None;
        }

        Require(part, "factor");
        var scaling = new RopeScaling
        {
            Kind = kind,
            Factor = part.Positive("factor", 1),
            OriginalMaxPositions = part.OptionalInteger("original_max_position_embeddings", minimum: 1),
        };
        return kind switch
        {
            RopeScalingKind.Llama3 => ReadLlama3(part, scaling),
            RopeScalingKind.Yarn => ReadYarn(part, scaling),
            _ => scaling,
        };
    }

    private static RopeScaling ReadLlama3(FieldReader part, RopeScaling scaling)
    {
        Require(part, "low_freq_factor", "high_freq_factor", "original_max_position_embeddings");
        var low = part.Positive("low_freq_factor", 1);
        var high = part.Positive("high_freq_factor", 4);
        part.Check(
            high > low,
            $"field {part.Root.Path}.high_freq_factor: expected more than low_freq_factor ({low}), found {high}"
        );
        return scaling with { LowFrequencyFactor = low, HighFrequencyFactor = high };
    }

    private static RopeScaling ReadYarn(FieldReader part, RopeScaling scaling) =>
        scaling with
        {
            AttentionFactor = part.OptionalPositive("attention_factor"),
            BetaFast = part.Positive("beta_fast", 32),
            BetaSlow = part.Positive("beta_slow", 1),
            Mscale = part.OptionalNumber("mscale"),
            MscaleAllDimensions = part.OptionalNumber("mscale_all_dim"),
            Truncate = part.Boolean("truncate", fallback: true),
        };

    private static void Require(FieldReader part, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            part.Check(part.Root.Find(name) is not null, $"field {part.Root.Path}.{name} is missing");
        }
    }

    private static RopeScalingKind ReadKind(JsonField field) =>
        field.AsString() switch
        {
            "default" => RopeScalingKind.Default,
            "linear" => RopeScalingKind.Linear,
            "dynamic" => RopeScalingKind.Dynamic,
            "llama3" => RopeScalingKind.Llama3,
            "yarn" => RopeScalingKind.Yarn,
            _ => throw field.Expected("default, linear, dynamic, llama3 or yarn"),
        };
}
