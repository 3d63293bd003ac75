using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

public static unsafe partial class Rope
{
    /// <summary>Rotates rows start .. end of as many columns; cos and sin have half a head's elements a row.</summary>
    internal static void Rotate(
        float* x,
        float* cos,
        float* sin,
        int start,
        int end,
        int columns,
        int half,
        bool inverse
    )
    {
        for (var n = start; n < end; n++)
        {
            var row = x + ((long)n * columns);
            for (var head = row; head < row + columns; head += 2 * half)
            {
                var angles = (long)n * half;
                Lanes.Each(new RotateKernel(head, head + half, cos + angles, sin + angles, inverse), 0, half);
            }
        }
    }

    /// <summary>(a, b) becomes (a·cos − b·sin, b·cos + a·sin).</summary>
    private readonly struct RotateKernel(float* first, float* second, float* cos, float* sin, bool inverse)
        : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count)
        {
            var a = Lanes.Load(first + index, count);
            var b = Lanes.Load(second + index, count);
            var c = Lanes.Load(cos + index, count);
            var s = Lanes.Load(sin + index, count) ^ Vector256.Create(inverse ? -0f : 0f);
            Lanes.Store((a * c) - (b * s), first + index, count);
            Lanes.Store((b * c) + (a * s), second + index, count);
        }
    }
}
