using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Quantization;

/// <summary>What the codecs of several block types do alike.</summary>
internal static unsafe class BlockMath
{
    /// <summary>The float16 at a place, which need not be aligned.</summary>
    public static float ReadHalf(byte* place) => (float)Unsafe.ReadUnaligned<Half>(place);

    /// <summary>Writes the nearest float16 and gives it back.</summary>
    public static float WriteHalf(byte* place, float value)
    {
        var half = (Half)value;
        Unsafe.WriteUnaligned(place, half);
        return (float)half;
    }

    /// <summary>1 / value, and 0 for 0: scales of a block of zeros.</summary>
    public static float InverseOrZero(float value) => value == 0 ? 0 : 1 / value;

    /// <summary>target = quants · scale + offset for 16 quants.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<sbyte> quants, float scale, float offset, float* target)
    {
        var (low, high) = Vector128.Widen(quants);
        var (first, second) = Vector128.Widen(low);
        var (third, fourth) = Vector128.Widen(high);
        StoreEight(first, second, scale, offset, target);
        StoreEight(third, fourth, scale, offset, target + 8);
    }

    /// <summary>The first element of the largest magnitude, with its sign.</summary>
    public static float SignedMax(float* values, int count)
    {
        var (max, magnitude) = (0f, 0f);
        for (var i = 0; i < count; i++)
        {
            var absolute = MathF.Abs(values[i]);
            if (absolute > magnitude)
            {
                (max, magnitude) = (values[i], absolute);
            }
        }

        return max;
    }

    public static (float Min, float Max) Range(float* values, int count)
    {
        var (min, max) = (values[0], values[0]);
        for (var i = 1; i < count; i++)
        {
            min = values[i] < min ? values[i] : min;
            max = values[i] > max ? values[i] : max;
        }

        return (min, max);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreEight(Vector128<int> low, Vector128<int> high, float scale, float offset, float* target)
    {
        var values = Vector256.ConvertToSingle(Vector256.Create(low, high));
        ((values * scale) + Vector256.Create(offset)).Store(target);
    }
}
