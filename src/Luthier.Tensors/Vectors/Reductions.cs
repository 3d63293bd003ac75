using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Vectors;

/// <summary>Sums over elements: many partial sums in lanes, so that rounding errors stay small and order is fixed.</summary>
internal static unsafe class Reductions
{
    /// <summary>Σ a · b.</summary>
    public static float Dot(float* a, float* b, int count)
    {
        var sum0 = Vector256<float>.Zero;
        var sum1 = Vector256<float>.Zero;
        var sum2 = Vector256<float>.Zero;
        var sum3 = Vector256<float>.Zero;
        var i = 0;
        for (; i <= count - (4 * Lanes.Count); i += 4 * Lanes.Count)
        {
            sum0 = VectorMath.Fma(Vector256.Load(a + i), Vector256.Load(b + i), sum0);
            sum1 = VectorMath.Fma(Vector256.Load(a + i + 8), Vector256.Load(b + i + 8), sum1);
            sum2 = VectorMath.Fma(Vector256.Load(a + i + 16), Vector256.Load(b + i + 16), sum2);
            sum3 = VectorMath.Fma(Vector256.Load(a + i + 24), Vector256.Load(b + i + 24), sum3);
        }

        for (; i < count; i += Lanes.Count)
        {
            var part = Math.Min(count - i, Lanes.Count);
            sum0 = VectorMath.Fma(Lanes.Load(a + i, part), Lanes.Load(b + i, part), sum0);
        }

        return Vector256.Sum((sum0 + sum1) + (sum2 + sum3));
    }

    /// <summary>Σ a · b · (c + offset).</summary>
    public static float DotOfSum(float* a, float* b, float* c, float offset, int count)
    {
        var sum0 = Vector256<float>.Zero;
        var sum1 = Vector256<float>.Zero;
        var i = 0;
        for (; i <= count - (2 * Lanes.Count); i += 2 * Lanes.Count)
        {
            sum0 = AddProduct(sum0, a + i, b + i, c + i, offset, Lanes.Count);
            sum1 = AddProduct(sum1, a + i + 8, b + i + 8, c + i + 8, offset, Lanes.Count);
        }

        for (; i < count; i += Lanes.Count)
        {
            sum0 = AddProduct(sum0, a + i, b + i, c + i, offset, Math.Min(count - i, Lanes.Count));
        }

        return Vector256.Sum(sum0 + sum1);
    }

    /// <summary>Σ x.</summary>
    public static float Sum(float* x, int count)
    {
        var sum0 = Vector256<float>.Zero;
        var sum1 = Vector256<float>.Zero;
        var i = 0;
        for (; i <= count - (2 * Lanes.Count); i += 2 * Lanes.Count)
        {
            sum0 += Vector256.Load(x + i);
            sum1 += Vector256.Load(x + i + 8);
        }

        for (; i < count; i += Lanes.Count)
        {
            sum0 += Lanes.Load(x + i, Math.Min(count - i, Lanes.Count));
        }

        return Vector256.Sum(sum0 + sum1);
    }

    /// <summary>Σ x² in double; not finite if an element is not.</summary>
    public static double SumOfSquares(float* x, long count)
    {
        var (low0, high0, low1, high1) = (Zero, Zero, Zero, Zero);
        long i = 0;
        for (; i <= count - (2 * Lanes.Count); i += 2 * Lanes.Count)
        {
            AddSquares(Vector256.Load(x + i), ref low0, ref high0);
            AddSquares(Vector256.Load(x + i + Lanes.Count), ref low1, ref high1);
        }

        for (; i < count; i += Lanes.Count)
        {
            AddSquares(Lanes.Load(x + i, (int)Math.Min(count - i, Lanes.Count)), ref low0, ref high0);
        }

        return Vector256.Sum((low0 + low1) + (high0 + high1));
    }

    /// <summary>The largest element; at least one, and any answer if one is NaN.</summary>
    public static float Max(float* x, int count)
    {
        var largest = Vector256.Create(x[0]);
        var i = 0;
        for (; i <= count - Lanes.Count; i += Lanes.Count)
        {
            largest = Vector256.MaxNative(largest, Vector256.Load(x + i));
        }

        var result = Max(largest);
        for (; i < count; i++)
        {
            result = Math.Max(result, x[i]);
        }

        return result;
    }

    /// <summary>The largest lane.</summary>
    public static float Max(Vector256<float> x)
    {
        var half = Vector128.MaxNative(x.GetLower(), x.GetUpper());
        half = Vector128.MaxNative(half, Vector128.Shuffle(half, Vector128.Create(2, 3, 0, 1)));
        return Math.Max(half[0], half[1]);
    }

    private static Vector256<double> Zero => Vector256<double>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddProduct(
        Vector256<float> sum,
        float* a,
        float* b,
        float* c,
        float offset,
        int count
    ) =>
        VectorMath.Fma(
            Lanes.Load(a, count) * Lanes.Load(b, count),
            Lanes.Load(c, count) + Vector256.Create(offset),
            sum
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSquares(Vector256<float> x, ref Vector256<double> low, ref Vector256<double> high)
    {
        var (a, b) = Vector256.Widen(x);
        low = Vector256.MultiplyAddEstimate(a, a, low);
        high = Vector256.MultiplyAddEstimate(b, b, high);
    }
}
