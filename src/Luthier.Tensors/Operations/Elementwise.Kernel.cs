using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

internal static unsafe partial class Elementwise
{
    /// <summary>y += x.</summary>
    internal readonly struct AddKernel(float* x, float* y) : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count) =>
            Lanes.Store(Lanes.Load(x + index, count) + Lanes.Load(y + index, count), y + index, count);
    }

    /// <summary>y = x.</summary>
    internal readonly struct CopyKernel(float* x, float* y) : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count) => Lanes.Store(Lanes.Load(x + index, count), y + index, count);
    }

    /// <summary>x *= factor.</summary>
    internal readonly struct ScaleKernel(float* x, float factor) : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count) =>
            Lanes.Store(Lanes.Load(x + index, count) * factor, x + index, count);
    }

    /// <summary>x = cap · tanh(x / cap).</summary>
    internal readonly struct SoftcapKernel(float* x, float cap) : ILaneKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count) =>
            Lanes.Store(VectorMath.Tanh(Lanes.Load(x + index, count) / cap) * cap, x + index, count);
    }

    /// <summary>Adds a vector to rows start .. end.</summary>
    internal static void AddBias(float* y, float* bias, int start, int end, int columns)
    {
        for (var row = start; row < end; row++)
        {
            Lanes.Each(new AddKernel(bias, y + ((long)row * columns)), 0, columns);
        }
    }

    /// <summary>Sums columns start .. end over all rows, in double.</summary>
    internal static void SumRows(float* x, float* sum, int start, int end, int rows, int columns, bool accumulate) =>
        Lanes.Each(new SumKernel(x, sum, rows, columns, accumulate), start, end);

    /// <summary>sum = Σ over rows of x.</summary>
    private readonly struct SumKernel(float* x, float* sum, int rows, int columns, bool accumulate) : ILaneKernel
    {
        public void Invoke(long index, int count)
        {
            var low = Vector256<double>.Zero;
            var high = Vector256<double>.Zero;
            var source = x + index;
            for (var row = 0; row < rows; row++, source += columns)
            {
                var (a, b) = Vector256.Widen(Lanes.Load(source, count));
                low += a;
                high += b;
            }

            Lanes.Store(Vector256.Narrow(low, high), sum + index, count, accumulate);
        }
    }
}
