using System.Runtime.Intrinsics;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

public static unsafe partial class LinearCrossEntropy
{
    // Elements whose weights are summed in float32 before the sum goes on in double.
    private const int SumBlock = 1024;

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

        var maximum = Reductions.Max(logits, count);
        var atLabel = logits[label];
        var keeps = withGradient && softcap <= 0;
        var sum = SumOfExponentials(logits, count, maximum, keeps);
        if (keeps)
        {
            Lanes.Each(new Elementwise.ScaleKernel(logits, (float)(gradientScale / sum)), 0, count);
            logits[label] -= gradientScale;
        }
        else if (withGradient)
        {
            var slope = gradientScale * (1 - (atLabel / softcap * (atLabel / softcap)));
            var shift = (float)(maximum + Math.Log(sum));
            Lanes.Each(new CappedGradient(logits, shift, 1 / softcap, gradientScale), 0, count);
            logits[label] -= slope;
        }

        return (float)(Math.Log(sum) + ((double)maximum - atLabel));
    }

    // Σ exp(x − maximum); the terms replace the logits where kept.
    private static double SumOfExponentials(float* logits, int count, float maximum, bool keeps)
    {
        var total = 0.0;
        var shift = Vector256.Create(maximum);
        for (var start = 0; start < count; start += SumBlock)
        {
            var end = Math.Min(start + SumBlock, count);
            var sum = Vector256<float>.Zero;
            var i = start;
            for (; i <= end - Lanes.Count; i += Lanes.Count)
            {
                var term = VectorMath.Exp(Vector256.Load(logits + i) - shift);
                sum += term;
                if (keeps)
                {
                    term.Store(logits + i);
                }
            }

            total += Vector256.Sum(sum);
            if (i < end)
            {
                var term = VectorMath.Exp(Lanes.Load(logits + i, end - i) - shift);
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

    /// <summary>x = scale · exp(x − shift) · (1 − (x / cap)²): the gradient at every logit but the label's own part.</summary>
    private readonly struct CappedGradient(float* x, float shift, float inverseCap, float scale) : ILaneKernel
    {
        public void Invoke(long index, int count)
        {
            var capped = Lanes.Load(x + index, count);
            var tanh = capped * inverseCap;
            var slope = (Vector256<float>.One - (tanh * tanh)) * scale;
            Lanes.Store(VectorMath.Exp(capped - Vector256.Create(shift)) * slope, x + index, count);
        }
    }
}
