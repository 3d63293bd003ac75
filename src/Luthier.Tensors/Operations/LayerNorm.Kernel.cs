using System.Runtime.Intrinsics;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

public static unsafe partial class LayerNorm
{
    /// <summary>Rows start .. end of d elements; bias and statistics may be null, y may be x.</summary>
    internal static void Forward(
        float* x,
        float* weight,
        float* bias,
        float* y,
        float* statistics,
        long start,
        long end,
        int d,
        float epsilon
    )
    {
        for (var n = start; n < end; n++)
        {
            var row = x + (n * d);
            var mean = Reductions.Sum(row, d) / d;
            var inverse = (float)(1 / Math.Sqrt(((double)SumOfSquaredDeviations(row, mean, d) / d) + epsilon));
            var means = Vector256.Create(mean);
            var factor = Vector256.Create(inverse);
            var target = y + (n * d);
            for (var i = 0; i < d; i += Lanes.Count)
            {
                var count = Math.Min(d - i, Lanes.Count);
                var value = (Lanes.Load(row + i, count) - means) * factor * Lanes.Load(weight + i, count);
                if (bias is not null)
                {
                    value += Lanes.Load(bias + i, count);
                }

                Lanes.Store(value, target + i, count);
            }

            if (statistics is not null)
            {
                statistics[2 * n] = mean;
                statistics[(2 * n) + 1] = inverse;
            }
        }
    }

    /// <summary>
    /// Rows start .. end; dX, dWeight and dBias may be null, and the sums of these rows are added to the latter two.
    /// With h = (x − mean) · inverse it is dX = inverse · (dH − mean(dH) − h · mean(dH · h)).
    /// </summary>
    internal static void Backward(
        float* dY,
        float* x,
        float* weight,
        float* statistics,
        float* dX,
        float* dWeight,
        float* dBias,
        long start,
        long end,
        int d,
        bool accumulate
    )
    {
        for (var n = start; n < end; n++)
        {
            var row = x + (n * d);
            var dRow = dY + (n * d);
            var means = Vector256.Create(statistics[2 * n]);
            var factor = Vector256.Create(statistics[(2 * n) + 1]);
            var sum = Vector256<float>.Zero;
            var sumOfProducts = Vector256<float>.Zero;
            for (var i = 0; i < d; i += Lanes.Count)
            {
                var count = Math.Min(d - i, Lanes.Count);
                var gradient = Lanes.Load(dRow + i, count);
                var normalised = (Lanes.Load(row + i, count) - means) * factor;
                var dNormalised = gradient * Lanes.Load(weight + i, count);
                sum += dNormalised;
                sumOfProducts = VectorMath.Fma(dNormalised, normalised, sumOfProducts);
                if (dWeight is not null)
                {
                    Lanes.Store(gradient * normalised, dWeight + i, count, accumulate: true);
                }

                if (dBias is not null)
                {
                    Lanes.Store(gradient, dBias + i, count, accumulate: true);
                }
            }

            if (dX is null)
            {
                continue;
            }

            var meanGradient = Vector256.Create(Vector256.Sum(sum) / d);
            var meanProduct = Vector256.Create(Vector256.Sum(sumOfProducts) / d);
            var target = dX + (n * d);
            for (var i = 0; i < d; i += Lanes.Count)
            {
                var count = Math.Min(d - i, Lanes.Count);
                var normalised = (Lanes.Load(row + i, count) - means) * factor;
                var dNormalised = Lanes.Load(dRow + i, count) * Lanes.Load(weight + i, count);
                var gradient = factor * (dNormalised - meanGradient - (normalised * meanProduct));
                Lanes.Store(gradient, target + i, count, accumulate);
            }
        }
    }

    private static float SumOfSquaredDeviations(float* row, float mean, int d)
    {
        var sum = Vector256<float>.Zero;
        var means = Vector256.Create(mean);
        var i = 0;
        for (; i <= d - Lanes.Count; i += Lanes.Count)
        {
            var deviation = Vector256.Load(row + i) - means;
            sum = VectorMath.Fma(deviation, deviation, sum);
        }

        var total = Vector256.Sum(sum);
        for (; i < d; i++)
        {
            total += (row[i] - mean) * (row[i] - mean);
        }

        return total;
    }
}
