using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Vectors;

internal static unsafe partial class Panels
{
    /// <summary>Rows of a tile, as a type: the compiler drops the arithmetic of the rows that are not there.</summary>
    private interface IRowCount
    {
        static abstract int Count { get; }
    }

    // Twelve sums as locals, because only locals stay in registers.
    private static void Tile<TRows>(
        float* a,
        long rowStride,
        long stepStride,
        float* b,
        long panelStride,
        float* c,
        long stride,
        int steps,
        bool accumulate
    )
        where TRows : struct, IRowCount
    {
        Vector256<float> low0 = default,
            high0 = default;
        Vector256<float> low1 = default,
            high1 = default;
        Vector256<float> low2 = default,
            high2 = default;
        Vector256<float> low3 = default,
            high3 = default;
        Vector256<float> low4 = default,
            high4 = default;
        Vector256<float> low5 = default,
            high5 = default;
        if (accumulate)
        {
            Load<TRows>(0, c, stride, ref low0, ref high0);
            Load<TRows>(1, c, stride, ref low1, ref high1);
            Load<TRows>(2, c, stride, ref low2, ref high2);
            Load<TRows>(3, c, stride, ref low3, ref high3);
            Load<TRows>(4, c, stride, ref low4, ref high4);
            Load<TRows>(5, c, stride, ref low5, ref high5);
        }

        var a3 = a + (3 * rowStride);
        var twice = 2 * rowStride;
        for (; steps > 0; steps--)
        {
            var left = Vector256.Load(b);
            var right = Vector256.Load(b + Lanes.Count);
            Add<TRows>(0, a, left, right, ref low0, ref high0);
            Add<TRows>(1, a + rowStride, left, right, ref low1, ref high1);
            Add<TRows>(2, a + twice, left, right, ref low2, ref high2);
            Add<TRows>(3, a3, left, right, ref low3, ref high3);
            Add<TRows>(4, a3 + rowStride, left, right, ref low4, ref high4);
            Add<TRows>(5, a3 + twice, left, right, ref low5, ref high5);
            a += stepStride;
            a3 += stepStride;
            b += panelStride;
        }

        Store<TRows>(0, c, stride, low0, high0);
        Store<TRows>(1, c, stride, low1, high1);
        Store<TRows>(2, c, stride, low2, high2);
        Store<TRows>(3, c, stride, low3, high3);
        Store<TRows>(4, c, stride, low4, high4);
        Store<TRows>(5, c, stride, low5, high5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TRows>(
        int row,
        float* a,
        Vector256<float> left,
        Vector256<float> right,
        ref Vector256<float> low,
        ref Vector256<float> high
    )
        where TRows : struct, IRowCount
    {
        if (row < TRows.Count)
        {
            var x = Vector256.Create(*a);
            low = VectorMath.Fma(x, left, low);
            high = VectorMath.Fma(x, right, high);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TRows>(int row, float* c, long stride, ref Vector256<float> low, ref Vector256<float> high)
        where TRows : struct, IRowCount
    {
        if (row < TRows.Count)
        {
            low = Vector256.Load(c + (row * stride));
            high = Vector256.Load(c + (row * stride) + Lanes.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TRows>(int row, float* c, long stride, Vector256<float> low, Vector256<float> high)
        where TRows : struct, IRowCount
    {
        if (row < TRows.Count)
        {
            low.Store(c + (row * stride));
            high.Store(c + (row * stride) + Lanes.Count);
        }
    }

    private readonly struct One : IRowCount
    {
        public static int Count => 1;
    }

    private readonly struct Two : IRowCount
    {
        public static int Count => 2;
    }

    private readonly struct Three : IRowCount
    {
        public static int Count => 3;
    }

    private readonly struct Four : IRowCount
    {
        public static int Count => 4;
    }

    private readonly struct Five : IRowCount
    {
        public static int Count => 5;
    }

    private readonly struct Six : IRowCount
    {
        public static int Count => 6;
    }
}
