using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Vectors;

/// <summary>
/// Work on elements index .. index + count, where count is <see cref="Lanes.Count"/> but for the last ones. It loads
/// all it reads before it stores, so that outputs may be inputs.
/// </summary>
internal interface ILaneKernel
{
    void Invoke(long index, int count);
}

/// <summary>
/// Eight float32 at a time. The elements left over go through the same arithmetic in a padded vector, so that results
/// do not depend on where work was cut.
/// </summary>
internal static unsafe class Lanes
{
    /// <summary>Elements of a vector.</summary>
    public const int Count = 8;

    /// <summary>Runs a kernel over a range of elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Each<T>(T kernel, long start, long end)
        where T : struct, ILaneKernel
    {
        var i = start;
        for (; i <= end - Count; i += Count)
        {
            kernel.Invoke(i, Count);
        }

        if (i < end)
        {
            kernel.Invoke(i, (int)(end - i));
        }
    }

    /// <summary>The first elements at a place, and zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source, int count) =>
        count == Count ? Vector256.Load(source) : LoadSome(source, count);

    /// <summary>Stores the first elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* target, int count)
    {
        if (count == Count)
        {
            value.Store(target);
        }
        else
        {
            StoreSome(value, target, count);
        }
    }

    /// <summary>Stores the first elements, or adds them to what is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* target, int count, bool accumulate) =>
        Store(accumulate ? Load(target, count) + value : value, target, count);

    /// <summary>target = source · factor, or target += … when accumulating.</summary>
    public static void Copy(float* source, float* target, int count, float factor = 1, bool accumulate = false) =>
        Each(new CopyKernel(source, target, factor, accumulate), 0, count);

    private static Vector256<float> LoadSome(float* source, int count)
    {
        var block = stackalloc float[Count];
        for (var i = 0; i < Count; i++)
        {
            block[i] = i < count ? source[i] : 0;
        }

        return Vector256.Load(block);
    }

    private static void StoreSome(Vector256<float> value, float* target, int count)
    {
        var block = stackalloc float[Count];
        value.Store(block);
        for (var i = 0; i < count; i++)
        {
            target[i] = block[i];
        }
    }

    private readonly struct CopyKernel(float* source, float* target, float factor, bool accumulate) : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count) =>
            Store(Load(source + index, count) * factor, target + index, count, accumulate);
    }
}
