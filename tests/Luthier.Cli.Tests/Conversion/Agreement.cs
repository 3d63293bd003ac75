using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Luthier.Cli.Tests.Conversion;

/// <summary>How alike two programs predict the next token of the same texts.</summary>
/// <param name="SameBest">Share of positions where both find the same token most probable.</param>
/// <param name="MeanDivergence">Mean of KL(theirs ‖ ours), in nats.</param>
internal sealed record Agreement(double SameBest, double MeanDivergence)
{
    /// <param name="ours">Logits [positions, vocabulary].</param>
    /// <param name="theirs">The same by the other.</param>
    public static Agreement Of((float[] Values, int Vocabulary) ours, float[] theirs)
    {
        var (values, vocabulary) = ours;
        values.Length.ShouldBe(theirs.Length);
        var positions = values.Length / vocabulary;
        var (same, divergence) = (0, 0.0);
        for (var i = 0; i < positions; i++)
        {
            var a = values.AsSpan(i * vocabulary, vocabulary);
            var b = theirs.AsSpan(i * vocabulary, vocabulary);
            same += TensorPrimitives.IndexOfMax<float>(a) == TensorPrimitives.IndexOfMax<float>(b) ? 1 : 0;
            divergence += Divergence(LogSoftmax(b), LogSoftmax(a));
        }

        return new Agreement((double)same / positions, divergence / positions);
    }

    /// <summary>A file of float32.</summary>
    public static float[] Read(string path) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{SameBest:P1} the same, divergence {MeanDivergence:0.0e+00}");

    private static double[] LogSoftmax(ReadOnlySpan<float> logits)
    {
        var largest = TensorPrimitives.Max(logits);
        var result = new double[logits.Length];
        var sum = 0.0;
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = logits[i] - (double)largest;
            sum += Math.Exp(result[i]);
        }

        var logSum = Math.Log(sum);
        return Array.ConvertAll(result, value => value - logSum);
    }

    private static double Divergence(double[] p, double[] q)
    {
        var sum = 0.0;
        for (var i = 0; i < p.Length; i++)
        {
            sum += Math.Exp(p[i]) * (p[i] - q[i]);
        }

        return sum;
    }
}
