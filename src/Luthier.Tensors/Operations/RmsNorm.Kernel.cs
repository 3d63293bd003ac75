using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

public static unsafe partial class RmsNorm
{
    /// <summary>Groups start .. end of d elements; inverseRms may be null, y may be x.</summary>
    internal static void Forward(
        float* x,
        float* weight,
        float* y,
        float* inverseRms,
        long start,
        long end,
        int d,
        float epsilon,
        float offset
    )
    {
        for (var group = start; group < end; group++)
        {
            var row = x + (group * d);
            var inverse = (float)(1 / Math.Sqrt(((double)Reductions.Dot(row, row, d) / d) + epsilon));
            Lanes.Each(new NormaliseKernel(row, weight, y + (group * d), inverse, offset), 0, d);
            if (inverseRms is not null)
            {
                inverseRms[group] = inverse;
            }
        }
    }

    /// <summary>
    /// Groups start .. end; dX may be null, and dWeight too, to which the sums of these groups are added. With
    /// n = x · inverse it is dX = inverse · (dN − n · mean(dN · n)).
    /// </summary>
    internal static void Backward(
        float* dY,
        float* x,
        float* weight,
        float* inverseRms,
        float* dX,
        float* dWeight,
        long start,
        long end,
        int d,
        float offset,
        bool accumulate
    )
    {
        for (var group = start; group < end; group++)
        {
            var row = x + (group * d);
            var dRow = dY + (group * d);
            var inverse = inverseRms[group];
            if (dWeight is not null)
            {
                Lanes.Each(new WeightKernel(dRow, row, dWeight, inverse), 0, d);
            }

            if (dX is not null)
            {
                var pull = (float)(
                    (double)Reductions.DotOfSum(dRow, row, weight, offset, d) / d * inverse * inverse * inverse
                );
                var target = dX + (group * d);
                Lanes.Each(new GradientKernel(dRow, row, weight, target, inverse, offset, pull, accumulate), 0, d);
            }
        }
    }

    /// <summary>y = x · inverse · (offset + weight).</summary>
    private readonly struct NormaliseKernel(float* x, float* weight, float* y, float inverse, float offset)
        : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count)
        {
            var scale = Lanes.Load(weight + index, count) + Vector256.Create(offset);
            Lanes.Store(Lanes.Load(x + index, count) * inverse * scale, y + index, count);
        }
    }

    /// <summary>dWeight += dY · x · inverse.</summary>
    private readonly struct WeightKernel(float* dY, float* x, float* dWeight, float inverse) : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count)
        {
            var normalised = Lanes.Load(x + index, count) * inverse;
            Lanes.Store(normalised * Lanes.Load(dY + index, count), dWeight + index, count, accumulate: true);
        }
    }

    /// <summary>dX = dY · (offset + weight) · inverse − x · pull.</summary>
    private readonly struct GradientKernel(
        float* dY,
        float* x,
        float* weight,
        float* dX,
        float inverse,
        float offset,
        float pull,
        bool accumulate
    ) : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count)
        {
            var scale = Lanes.Load(weight + index, count) + Vector256.Create(offset);
            var gradient = Lanes.Load(dY + index, count) * scale * inverse;
            Lanes.Store(gradient - (Lanes.Load(x + index, count) * pull), dX + index, count, accumulate);
        }
    }
}
