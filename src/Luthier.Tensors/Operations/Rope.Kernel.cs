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
        var sign = inverse ? Vector256.Create(-0f) : Vector256<float>.Zero;
        for (var n = start; n < end; n++)
        {
            var row = x + ((long)n * columns);
            for (var i = 0; i < half; i += Lanes.Count)
            {
                var count = Math.Min(half - i, Lanes.Count);
                var c = Lanes.Load(cos + ((long)n * half) + i, count);
                var s = Lanes.Load(sin + ((long)n * half) + i, count) ^ sign;
                for (var first = row + i; first < row + columns; first += 2 * half)
                {
                    var a = Lanes.Load(first, count);
                    var b = Lanes.Load(first + half, count);
                    Lanes.Store((a * c) - (b * s), first, count);
                    Lanes.Store((b * c) + (a * s), first + half, count);
                }
            }
        }
    }
}
