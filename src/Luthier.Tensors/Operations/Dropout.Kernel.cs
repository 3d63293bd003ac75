using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

public static unsafe partial class Dropout
{
    /// <summary>
    /// y = x · mask · factor, or y += … when accumulating; the indices of the mask count from <c>first</c> and all have
    /// the key's high half.
    /// </summary>
    internal readonly struct Kernel(
        float* x,
        float* y,
        ulong key,
        uint first,
        uint threshold,
        float factor,
        bool accumulate
    ) : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count)
        {
            var bits = Bits(Vector256.Create(first + (uint)index) + Vector256<uint>.Indices);
            var kept = Vector256.GreaterThanOrEqual(bits, Vector256.Create(threshold)).AsSingle();
            var value = Lanes.Load(x + index, count) * factor;
            Lanes.Store(value & kept, y + index, count, accumulate);
        }

        // The same as Dropout.Bits, by lanes.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<uint> Bits(Vector256<uint> counter)
        {
            var bits = (counter * Multiplier0) + Vector256.Create((uint)key);
            bits ^= bits >>> 16;
            bits = (bits * Multiplier1) ^ Vector256.Create((uint)(key >> 32));
            bits ^= bits >>> 15;
            bits *= Multiplier2;
            return bits ^ (bits >>> 15);
        }
    }
}
