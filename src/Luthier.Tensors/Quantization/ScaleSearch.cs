using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Quantization;

/// <summary>
/// Finds scales by trying some: for each trial the elements are rounded to integers, then the scale (and minimum) that
/// suit those integers best follow by weighted least squares; the trial with the smallest error wins.
/// </summary>
internal static unsafe class ScaleSearch
{
    // Below this, elements are taken for zeros.
    private const float Smallest = 1e-15f;
    private const int Lanes = 8;

    /// <summary>
    /// The scale by which elements are integers −limit .. limit − 1, weighted by their squares: the element of the
    /// largest magnitude is tried at −limit, and at up to 0.9 more and less. 0 if all are zero.
    /// </summary>
    /// <param name="count">A multiple of 8.</param>
    public static float Symmetric(float* values, int count, int limit)
    {
        const int Trials = 9;
        var max = BlockMath.SignedMax(values, count);
        if (MathF.Abs(max) < Smallest)
        {
            return 0;
        }

        var (sumXl, sumL2) = SymmetricSums(values, count, -limit / max, limit);
        var scale = sumL2 > 0 ? sumXl / sumL2 : 0;
        var best = scale * sumXl;
        for (var trial = -Trials; trial <= Trials; trial++)
        {
            if (trial == 0)
            {
                continue;
            }

            (sumXl, sumL2) = SymmetricSums(values, count, -(limit + (0.1f * trial)) / max, limit);
            if (sumL2 > 0 && sumXl * sumXl > best * sumL2)
            {
                scale = sumXl / sumL2;
                best = scale * sumXl;
            }
        }

        return scale;
    }

    /// <summary>
    /// Scale and minimum (zero or below) by which 32 elements are scale · (0 .. largest) + minimum, weighted by
    /// magnitude above the root mean square. Trials lay <paramref name="firstTrial"/> + largest, and 0.1 more each
    /// time, between the extremes.
    /// </summary>
    public static (float Scale, float Minimum) Affine(float* values, int largest, float firstTrial, int trials)
    {
        const float Step = 0.1f;
        var (min, max) = BlockMath.Range(values, Group.Elements);
        min = MathF.Min(min, 0);
        if (max == min)
        {
            return (0, min);
        }

        var group = new Group(values, largest);
        var scale = (max - min) / largest;
        var minimum = min;
        group.Round(min, 1 / scale);
        var bestError = group.Error(scale, minimum);
        for (var trial = 0; trial <= trials; trial++)
        {
            group.Round(min, (firstTrial + (Step * trial) + largest) / (max - min));
            if (!group.TryFit(out var trialScale, out var trialMinimum))
            {
                continue;
            }

            var error = group.Error(trialScale, trialMinimum);
            if (error < bestError)
            {
                (bestError, scale, minimum) = (error, trialScale, trialMinimum);
            }
        }

        return (scale, minimum);
    }

    // Σ x²·x·l and Σ x²·l·l for l = x · inverse rounded.
    private static (float Xl, float L2) SymmetricSums(float* values, int count, float inverse, int limit)
    {
        var sumXl = Vector256<float>.Zero;
        var sumL2 = Vector256<float>.Zero;
        for (var i = 0; i < count; i += Lanes)
        {
            var x = Vector256.Load(values + i);
            var l = RoundAndClamp(x * inverse, -limit, limit - 1);
            var weighted = x * x * l;
            sumXl += weighted * x;
            sumL2 += weighted * l;
        }

        return (Vector256.Sum(sumXl), Vector256.Sum(sumL2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> RoundAndClamp(Vector256<float> values, float low, float high) =>
        Vector256.Min(Vector256.Max(Vector256.Round(values), Vector256.Create(low)), Vector256.Create(high));

    /// <summary>32 elements, their weights, and their integers in the trial at hand.</summary>
    private ref struct Group
    {
        public const int Elements = 32;

        private readonly float* values;
        private readonly float largest;
        private readonly float sumWeights;
        private readonly float sumX;
        private fixed float weights[Elements];
        private fixed float integers[Elements];
        private float sumL;
        private float sumL2;
        private float sumXl;

        public Group(float* values, int largest)
        {
            this.values = values;
            this.largest = largest;
            var squares = Vector256<float>.Zero;
            for (var i = 0; i < Elements; i += Lanes)
            {
                var x = Vector256.Load(values + i);
                squares += x * x;
            }

            var mean = Vector256.Create(MathF.Sqrt(Vector256.Sum(squares) / Elements));
            var sums = (Weights: Vector256<float>.Zero, X: Vector256<float>.Zero);
            for (var i = 0; i < Elements; i += Lanes)
            {
                var x = Vector256.Load(values + i);
                var weight = mean + Vector256.Abs(x);
                weight.StoreUnsafe(ref weights[i]);
                sums = (sums.Weights + weight, sums.X + (weight * x));
            }

            sumWeights = Vector256.Sum(sums.Weights);
            sumX = Vector256.Sum(sums.X);
        }

        /// <summary>Takes (element − minimum) · inverse, rounded, for the integers.</summary>
        public void Round(float minimum, float inverse)
        {
            var (l, l2, xl) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<float>.Zero);
            for (var i = 0; i < Elements; i += Lanes)
            {
                var x = Vector256.Load(values + i);
                var integer = RoundAndClamp((x - Vector256.Create(minimum)) * inverse, 0, largest);
                integer.StoreUnsafe(ref integers[i]);
                var weighted = Vector256.LoadUnsafe(ref weights[i]) * integer;
                l += weighted;
                l2 += weighted * integer;
                xl += weighted * x;
            }

            (sumL, sumL2, sumXl) = (Vector256.Sum(l), Vector256.Sum(l2), Vector256.Sum(xl));
        }

        /// <summary>The line through the integers; false where they are all the same.</summary>
        public readonly bool TryFit(out float scale, out float minimum)
        {
            var determinant = (sumWeights * sumL2) - (sumL * sumL);
            scale = ((sumWeights * sumXl) - (sumX * sumL)) / determinant;
            minimum = ((sumL2 * sumX) - (sumL * sumXl)) / determinant;
            if (minimum > 0)
            {
                (scale, minimum) = (sumXl / sumL2, 0);
            }

            return determinant > 0;
        }

        /// <summary>Weighted squares of what is left.</summary>
        public float Error(float scale, float minimum)
        {
            var error = Vector256<float>.Zero;
            for (var i = 0; i < Elements; i += Lanes)
            {
                var integer = Vector256.LoadUnsafe(ref integers[i]);
                var rest = (integer * scale) + Vector256.Create(minimum) - Vector256.Load(values + i);
                error += Vector256.LoadUnsafe(ref weights[i]) * rest * rest;
            }

            return Vector256.Sum(error);
        }
    }
}
