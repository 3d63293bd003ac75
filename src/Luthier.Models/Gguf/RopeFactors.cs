using Luthier.Formats;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Gguf;

/// <summary>
/// Llama 3's scaling of rotary frequencies. A configuration has its rule, a GGUF file what comes of it: for each pair of
/// elements the factor that divides its frequency.
/// </summary>
internal static class RopeFactors
{
    private const int LeastOriginal = 16;
    private const int MostOriginal = 1 << 24;
    private const float Tolerance = 1e-3f;

    /// <summary>The factors [d/2] that the configuration's rule gives.</summary>
    public static float[] Of(ModelConfig config)
    {
        var plain = new RotaryTable(config with { RopeScaling = RopeScaling.None }).InverseFrequencies();
        var scaled = new RotaryTable(config).InverseFrequencies();
        var factors = new float[plain.Length];
        for (var i = 0; i < factors.Length; i++)
        {
            factors[i] = plain[i] / scaled[i];
        }

        return factors;
    }

    /// <summary>
    /// The rule that gives the factors: all models have the same band of frequencies, so that only the factor and the
    /// original context are sought.
    /// </summary>
    /// <param name="config">The configuration without scaling.</param>
    /// <param name="stored">float32 [d/2].</param>
    /// <exception cref="InvalidFileException">The factors are not of Llama 3's rule.</exception>
    public static RopeScaling Find(string path, ModelConfig config, Tensor stored)
    {
        if (stored.DType != DType.Float32 || stored.Count != config.HeadDimension / 2)
        {
            throw new InvalidFileException(
                path,
                $"tensor {stored.Describe()}: expected {config.HeadDimension / 2} factors in {DType.Float32}"
            );
        }

        var factors = stored.AsFloats().ToArray();
        if (Array.TrueForAll(factors, factor => factor is 1))
        {
            return RopeScaling.None;
        }

        for (var original = LeastOriginal; original <= MostOriginal; original *= 2)
        {
            var scaling = new RopeScaling
            {
                Kind = RopeScalingKind.Llama3,
                Factor = factors.Max(),
                OriginalMaxPositions = original,
            };
            if (AreClose(Of(config with { RopeScaling = scaling }), factors))
            {
                return scaling;
            }
        }

        throw new InvalidFileException(
            path,
            $"tensor '{GgufNames.RopeFactors}': its factors are not of Llama 3's rule"
        );
    }

    private static bool AreClose(float[] expected, float[] found)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            if (!(MathF.Abs(expected[i] - found[i]) <= Tolerance * expected[i]))
            {
                return false;
            }
        }

        return true;
    }
}
