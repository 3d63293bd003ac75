using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

internal static unsafe partial class AdamW
{
    /// <summary>One step; products and sums are rounded one by one, as the reference does.</summary>
    internal readonly struct Kernel(
        float* parameter,
        float* gradient,
        float* mean,
        float* variance,
        Factors f,
        float gradientScale
    ) : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count)
        {
            var g = Lanes.Load(gradient + index, count) * gradientScale;
            var p = Lanes.Load(parameter + index, count) * f.Decay;
            var m = (Lanes.Load(mean + index, count) * f.Beta1) + (g * f.OneLessBeta1);
            var v = (Lanes.Load(variance + index, count) * f.Beta2) + (g * f.OneLessBeta2 * g);
            var denominator = (Vector256.Sqrt(v) / f.RootCorrection) + Vector256.Create(f.Epsilon);
            p += m * f.NegativeRate / denominator;
            Lanes.Store(p, parameter + index, count);
            Lanes.Store(m, mean + index, count);
            Lanes.Store(v, variance + index, count);
        }
    }
}
