namespace Luthier.Models.Configuration;

/// <summary>How rotary positions are stretched beyond the context that a model was trained on.</summary>
public enum RopeScalingKind
{
    /// <summary>Not at all.</summary>
    Default = 0,

    /// <summary>All frequencies divided by a factor.</summary>
    Linear,

    /// <summary>A base that grows with the sequence once it is longer than the model's maximum (dynamic NTK).</summary>
    Dynamic,

    /// <summary>Llama 3.1: low frequencies divided by a factor, high ones kept, a smooth step between.</summary>
    Llama3,

    /// <summary>YaRN: a ramp over the dimensions, and cos and sin scaled by an attention factor.</summary>
    Yarn,
}

/// <summary>The fields of <c>rope_scaling</c>; those that a kind does not use keep their defaults.</summary>
public sealed record RopeScaling
{
    /// <summary>No scaling.</summary>
    public static RopeScaling None { get; } = new();

    public RopeScalingKind Kind { get; init; }

    /// <summary>How many times longer the context becomes.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Positions of the original training; null: the model's maximum.</summary>
    public int? OriginalMaxPositions { get; init; }

    /// <summary>Llama3: wavelengths longer than the original context over this are divided by the factor.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>Llama3: wavelengths shorter than the original context over this are kept.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>Yarn: what multiplies cos and sin; null: 0.1 · ln(factor) + 1.</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>Yarn: dimensions that turn at least this often over the original context are kept.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>Yarn: dimensions that turn at most this often are divided by the factor.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>Yarn: weight of the attention factor's logarithm; used when both weights are given.</summary>
    public double? Mscale { get; init; }

    /// <summary>Yarn: the weight in the denominator of the attention factor.</summary>
    public double? MscaleAllDimensions { get; init; }

    /// <summary>Yarn: whether the ramp's ends are rounded outwards to whole dimensions.</summary>
    public bool Truncate { get; init; } = true;
}
