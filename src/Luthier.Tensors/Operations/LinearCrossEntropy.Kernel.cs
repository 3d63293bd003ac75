using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

public static unsafe partial class LinearCrossEntropy
{
    // Elements whose weights are summed in float32 before the sum goes on in double.
    private const int SumBlock = 1024;

    // ln 2, as what Log2E is the reciprocal of.
    private const double Ln2 = 1 / (double)VectorMath.Log2E;

    /// <summary>
    /// Returns −log softmax(cap(logits))[label] of one row, and replaces the logits by the gradient of
    /// gradientScale times that where asked.
    /// </summary>
    internal static float LossAndGradient(
        float* logits,
        int count,
        int label,
        float softcap,
        float gradientScale,
        bool withGradient
    )
    {
        if (softcap > 0)
        {
            Lanes.Each(new Elementwise.SoftcapKernel(logits, softcap), 0, count);
        }

        // Weights are powers of two of the logits' distance from the largest, in units of ln 2.
        var shift = Reductions.Max(logits, count) * VectorMath.Log2E;
        var atLabel = logits[label];
        var keeps = withGradient && softcap <= 0;
        var sum = SumOfWeights(logits, count, shift, keeps);
        if (keeps)
        {
            Lanes.Each(new Elementwise.ScaleKernel(logits, (float)(gradientScale / sum)), 0, count);
            logits[label] -= gradientScale;
        }
        else if (withGradient)
        {
            var slope = gradientScale * (1 - (atLabel / softcap * (atLabel / softcap)));
            Lanes.Each(new CappedGradient(logits, shift, 1 / softcap, (float)(gradientScale / sum)), 0, count);
            logits[label] -= slope;
        }

        return (float)(Math.Log(sum) + (shift * Ln2) - atLabel);
    }

    // Σ 2^(x · log₂ e − shift); the terms replace the logits where kept.
    private static double SumOfWeights(float* logits, int count, float shift, bool keeps)
    {
        var total = 0.0;
        for (var start = 0; start < count; start += SumBlock)
        {
            var end = Math.Min(start + SumBlock, count);
            var sum = Vector256<float>.Zero;
            var i = start;
            for (; i <= end - Lanes.Count; i += Lanes.Count)
            {
                var term = Weight(Vector256.Load(logits + i), shift);
                sum += term;
                if (keeps)
                {
                    term.Store(logits + i);
                }
            }

            total += Vector256.Sum(sum);
            if (i < end)
            {
                var term = Weight(Lanes.Load(logits + i, end - i), shift);
                for (var lane = 0; lane < end - i; lane++)
                {
                    total += term[lane];
                }

                if (keeps)
                {
                    Lanes.Store(term, logits + i, end - i);
                }
            }
        }

        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Weight(Vector256<float> x, float shift) =>
        VectorMath.PowerOfTwo(VectorMath.Fma(x, Vector256.Create(VectorMath.Log2E), Vector256.Create(-shift)));

    /// <summary>x = scale · 2^(x · log₂ e − shift) · (1 − (x / cap)²): the gradient at every logit but the label's own part.</summary>
    private readonly struct CappedGradient(float* x, float shift, float inverseCap, float scale) : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count)
        {
            var capped = Lanes.Load(x + index, count);
            var tanh = capped * inverseCap;
            var slope = (Vector256<float>.One - (tanh * tanh)) * scale;
            Lanes.Store(Weight(capped, shift) * slope, x + index, count);
        }
    }
}
