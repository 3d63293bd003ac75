using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Vectors;

/// <summary>Transposes blocks of eight by eight: three rounds that swap the halves of ever smaller squares.</summary>
internal static unsafe class Transposition
{
    /// <summary>Row i of the source, whose rows are stride apart, becomes column i of the target.</summary>
    public static void EightByEight(float* source, long stride, float* target, long targetStride)
    {
        var r0 = Vector256.Load(source);
        var r1 = Vector256.Load(source + stride);
        var r2 = Vector256.Load(source + (2 * stride));
        var r3 = Vector256.Load(source + (3 * stride));
        var r4 = Vector256.Load(source + (4 * stride));
        var r5 = Vector256.Load(source + (5 * stride));
        var r6 = Vector256.Load(source + (6 * stride));
        var r7 = Vector256.Load(source + (7 * stride));
        SwapFours(ref r0, ref r4);
        SwapFours(ref r1, ref r5);
        SwapFours(ref r2, ref r6);
        SwapFours(ref r3, ref r7);
        SwapTwos(ref r0, ref r2);
        SwapTwos(ref r1, ref r3);
        SwapTwos(ref r4, ref r6);
        SwapTwos(ref r5, ref r7);
        SwapOnes(ref r0, ref r1);
        SwapOnes(ref r2, ref r3);
        SwapOnes(ref r4, ref r5);
        SwapOnes(ref r6, ref r7);
        r0.Store(target);
        r1.Store(target + targetStride);
        r2.Store(target + (2 * targetStride));
        r3.Store(target + (3 * targetStride));
        r4.Store(target + (4 * targetStride));
        r5.Store(target + (5 * targetStride));
        r6.Store(target + (6 * targetStride));
        r7.Store(target + (7 * targetStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SwapFours(ref Vector256<float> a, ref Vector256<float> b)
    {
        var mask = Vector256.Create(0, 0, 0, 0, -1, -1, -1, -1).AsSingle();
        var order = Vector256.Create(4, 5, 6, 7, 0, 1, 2, 3);
        var (oldA, oldB) = (a, b);
        a = Vector256.ConditionalSelect(mask, Vector256.Shuffle(oldB, order), oldA);
        b = Vector256.ConditionalSelect(mask, oldB, Vector256.Shuffle(oldA, order));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SwapTwos(ref Vector256<float> a, ref Vector256<float> b)
    {
        var mask = Vector256.Create(0, 0, -1, -1, 0, 0, -1, -1).AsSingle();
        var order = Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5);
        var (oldA, oldB) = (a, b);
        a = Vector256.ConditionalSelect(mask, Vector256.Shuffle(oldB, order), oldA);
        b = Vector256.ConditionalSelect(mask, oldB, Vector256.Shuffle(oldA, order));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SwapOnes(ref Vector256<float> a, ref Vector256<float> b)
    {
        var mask = Vector256.Create(0, -1, 0, -1, 0, -1, 0, -1).AsSingle();
        var order = Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6);
        var (oldA, oldB) = (a, b);
        a = Vector256.ConditionalSelect(mask, Vector256.Shuffle(oldB, order), oldA);
        b = Vector256.ConditionalSelect(mask, oldB, Vector256.Shuffle(oldA, order));
    }
}
