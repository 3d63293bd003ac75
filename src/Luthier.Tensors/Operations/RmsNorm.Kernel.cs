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
        var offsets = Vector256.Create(offset);
        for (var group = start; group < end; group++)
        {
            var row = x + (group * d);
            var inverse = (float)(1 / Math.Sqrt(((double)Reductions.Dot(row, row, d) / d) + epsilon));
            var factor = Vector256.Create(inverse);
            var target = y + (group * d);
            for (var i = 0; i < d; i += Lanes.Count)
            {
                var count = Math.Min(d - i, Lanes.Count);
                var scale = offsets + Lanes.Load(weight + i, count);
                Lanes.Store(Lanes.Load(row + i, count) * factor * scale, target + i, count);
            }

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
        var offsets = Vector256.Create(offset);
        for (var group = start; group < end; group++)
        {
            var row = x + (group * d);
            var dRow = dY + (group * d);
            var inverse = inverseRms[group];
            var factor = Vector256.Create(inverse);
            var sum = Vector256<float>.Zero;
            for (var i = 0; i < d; i += Lanes.Count)
            {
                var count = Math.Min(d - i, Lanes.Count);
                var product = Lanes.Load(dRow + i, count) * Lanes.Load(row + i, count);
                sum = VectorMath.Fma(product, offsets + Lanes.Load(weight + i, count), sum);
                if (dWeight is not null)
                {
                    Lanes.Store(product * factor, dWeight + i, count, accumulate: true);
                }
            }

            if (dX is null)
            {
                continue;
            }

            var pull = Vector256.Create((float)((double)Vector256.Sum(sum) / d * inverse * inverse * inverse));
            var target = dX + (group * d);
            for (var i = 0; i < d; i += Lanes.Count)
            {
                var count = Math.Min(d - i, Lanes.Count);
                var dNormalised = Lanes.Load(dRow + i, count) * (offsets + Lanes.Load(weight + i, count));
                var gradient = (dNormalised * factor) - (Lanes.Load(row + i, count) * pull);
                Lanes.Store(gradient, target + i, count, accumulate);
            }
        }
    }
}
