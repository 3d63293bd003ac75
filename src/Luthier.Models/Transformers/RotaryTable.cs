using Luthier.Models.Configuration;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;

namespace Luthier.Models.Transformers;

/// <summary>
/// Angles of the rotary positions. Frequencies and angles are rounded to float32 at the same places as in
/// Transformers: at position 100,000 a rounding is worth a thousandth of a turn.
/// </summary>
public sealed class RotaryTable
{
    private readonly RopeScaling scaling;
    private readonly double theta;
    private readonly int dimension;
    private readonly int maxPositions;
    private readonly float[] frequencies;

    public RotaryTable(ModelConfig config)
    {
        scaling = config.RopeScaling;
        theta = config.RopeTheta;
        dimension = config.HeadDimension;
        maxPositions = config.MaxPositions;
        AttentionFactor = scaling.Kind == RopeScalingKind.Yarn ? YarnAttentionFactor(scaling) : 1;
        frequencies = scaling.Kind switch
        {
            RopeScalingKind.Linear => Array.ConvertAll(Plain(theta), f => f / (float)scaling.Factor),
            RopeScalingKind.Llama3 => Llama3(),
            RopeScalingKind.Yarn => Yarn(),
            _ => Plain(theta),
        };
    }

    /// <summary>Multiplies cos and sin; 1 except with yarn.</summary>
    public float AttentionFactor { get; }

    /// <summary>The angles' growth per position [d/2], for sequences of the given length (which matters to dynamic scaling).</summary>
    public ReadOnlySpan<float> InverseFrequencies(int length = 0) =>
        scaling.Kind == RopeScalingKind.Dynamic && length > maxPositions ? Plain(DynamicTheta(length)) : frequencies;

    /// <summary>cos and sin, each [n, d/2], of n positions.</summary>
    public (Tensor Cos, Tensor Sin) Angles(Tape tape, ReadOnlySpan<int> positions)
    {
        var half = dimension / 2;
        var cos = tape.New(positions.Length, half);
        var sin = tape.New(positions.Length, half);
        Fill(positions, cos.AsFloats(), sin.AsFloats());
        return (cos, sin);
    }

    /// <summary>The same for the tokens of a step; scaling that depends on the length sees each sequence's own.</summary>
    public (Tensor Cos, Tensor Sin) Angles(Tape tape, PagedBatch batch)
    {
        var half = dimension / 2;
        var cos = tape.New(batch.Count, half);
        var sin = tape.New(batch.Count, half);
        foreach (var segment in batch.Segments)
        {
            var (start, count) = (segment.QueryStart, segment.QueryCount);
            Fill(
                batch.Positions.Slice(start, count),
                cos.AsFloats().Slice(start * half, count * half),
                sin.AsFloats().Slice(start * half, count * half)
            );
        }

        return (cos, sin);
    }

    private void Fill(ReadOnlySpan<int> positions, Span<float> cos, Span<float> sin)
    {
        var length = 0;
        foreach (var position in positions)
        {
            length = Math.Max(length, position + 1);
        }

        var inverse = InverseFrequencies(length);
        for (var i = 0; i < positions.Length; i++)
        {
            var row = i * inverse.Length;
            for (var j = 0; j < inverse.Length; j++)
            {
                var (s, c) = Math.SinCos((double)(positions[i] * inverse[j]));
                cos[row + j] = (float)c * AttentionFactor;
                sin[row + j] = (float)s * AttentionFactor;
            }
        }
    }

    private float[] Plain(double @base)
    {
        var inverse = new float[dimension / 2];
        for (var i = 0; i < inverse.Length; i++)
        {
            inverse[i] = 1 / Power(@base, i);
        }

        return inverse;
    }

    private float Power(double @base, int i) => (float)Math.Pow((float)@base, (float)(2 * i) / dimension);

    private double DynamicTheta(int length) =>
        theta
        * Math.Pow(
            (scaling.Factor * length / maxPositions) - (scaling.Factor - 1),
            dimension / (double)Math.Max(dimension - 2, 1)
        );

    private float[] Llama3()
    {
        double original = scaling.OriginalMaxPositions ?? maxPositions;
        var (low, high) = (scaling.LowFrequencyFactor, scaling.HighFrequencyFactor);
        var factor = (float)scaling.Factor;
        return Array.ConvertAll(
            Plain(theta),
            frequency =>
            {
                var wavelength = (float)(2 * Math.PI) / frequency;
                if (wavelength < original / high)
                {
                    return frequency;
                }

                if (wavelength > original / low)
                {
                    return frequency / factor;
                }

                var smooth = (((float)original / wavelength) - (float)low) / (float)(high - low);
                return ((1 - smooth) * frequency / factor) + (smooth * frequency);
            }
        );
    }

    private float[] Yarn()
    {
        var original = scaling.OriginalMaxPositions ?? maxPositions;
        var low = CorrectionDimension(scaling.BetaFast, original);
        var high = CorrectionDimension(scaling.BetaSlow, original);
        if (scaling.Truncate)
        {
            (low, high) = (Math.Floor(low), Math.Ceiling(high));
        }

        low = Math.Max(low, 0);
        high = Math.Min(high, dimension - 1);
        if (low.Equals(high))
        {
            high += 0.001;
        }

        var inverse = new float[dimension / 2];
        for (var i = 0; i < inverse.Length; i++)
        {
            var power = Power(theta, i);
            var ramp = Math.Clamp((i - (float)low) / (float)(high - low), 0, 1);
            inverse[i] = (1 / ((float)scaling.Factor * power) * ramp) + (1 / power * (1 - ramp));
        }

        return inverse;
    }

    /// <summary>The dimension whose angle turns as many times over the original context.</summary>
    private double CorrectionDimension(double turns, int original) =>
        dimension * Math.Log(original / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));

    private static float YarnAttentionFactor(RopeScaling scaling)
    {
        if (scaling.AttentionFactor is { } given)
        {
            return (float)given;
        }

        return scaling is { Mscale: { } numerator and not 0, MscaleAllDimensions: { } denominator and not 0 }
            ? (float)(Magnitude(numerator) / Magnitude(denominator))
            : (float)Magnitude(1);

        double Magnitude(double weight) => scaling.Factor <= 1 ? 1 : (0.1 * weight * Math.Log(scaling.Factor)) + 1;
    }
}
