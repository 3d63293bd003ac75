using System.Runtime.CompilerServices;
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
            Lanes.Each(new NormaliseKernel(row, weight, bias, y + (n * d), mean, inverse), 0, d);
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
            var mean = statistics[2 * n];
            var inverse = statistics[(2 * n) + 1];
            if (dWeight is not null)
            {
                Lanes.Each(new WeightKernel(dRow, row, dWeight, mean, inverse), 0, d);
            }

            if (dBias is not null)
            {
                Lanes.Each(new Elementwise.AddKernel(dRow, dBias), 0, d);
            }

            if (dX is not null)
            {
                var sum = Reductions.Dot(dRow, weight, d);
                var sumOfProducts = Reductions.DotOfSum(dRow, weight, row, -mean, d) * inverse;
                var target = dX + (n * d);
                Lanes.Each(
                    new GradientKernel(
                        dRow,
                        row,
                        weight,
                        target,
                        mean,
                        inverse,
                        sum / d,
                        sumOfProducts / d,
                        accumulate
                    ),
                    0,
                    d
                );
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

    /// <summary>y = (x − mean) · inverse · weight + bias; bias may be null.</summary>
    private readonly struct NormaliseKernel(float* x, float* weight, float* bias, float* y, float mean, float inverse)
        : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count)
        {
            var normalised = (Lanes.Load(x + index, count) - Vector256.Create(mean)) * inverse;
            var value = normalised * Lanes.Load(weight + index, count);
            if (bias is not null)
            {
                value += Lanes.Load(bias + index, count);
            }

            Lanes.Store(value, y + index, count);
        }
    }

    /// <summary>dWeight += dY · (x − mean) · inverse.</summary>
    private readonly struct WeightKernel(float* dY, float* x, float* dWeight, float mean, float inverse) : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count)
        {
            var normalised = (Lanes.Load(x + index, count) - Vector256.Create(mean)) * inverse;
            Lanes.Store(normalised * Lanes.Load(dY + index, count), dWeight + index, count, accumulate: true);
        }
    }

    /// <summary>dX = inverse · (dY · weight − meanGradient − (x − mean) · inverse · meanProduct).</summary>
    private readonly struct GradientKernel(
        float* dY,
        float* x,
        float* weight,
        float* dX,
        float mean,
        float inverse,
        float meanGradient,
        float meanProduct,
        bool accumulate
    ) : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count)
        {
            var normalised = (Lanes.Load(x + index, count) - Vector256.Create(mean)) * inverse;
            var dNormalised = Lanes.Load(dY + index, count) * Lanes.Load(weight + index, count);
            var gradient = (dNormalised - Vector256.Create(meanGradient) - (normalised * meanProduct)) * inverse;
            Lanes.Store(gradient, dX + index, count, accumulate);
        }
    }
}
