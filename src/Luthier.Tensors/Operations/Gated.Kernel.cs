using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

public static unsafe partial class Gated
{
    /// <summary>An activation of eight lanes and its derivative.</summary>
    internal interface IActivation
    {
        static abstract Vector256<float> Activate(Vector256<float> x, out Vector256<float> derivative);
    }

    /// <summary>y = activation(gate) · up; up may be null, y may be either.</summary>
    internal readonly struct ForwardKernel<T>(float* gate, float* up, float* y) : ILaneKernel
        where T : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count)
        {
            var value = T.Activate(Lanes.Load(gate + index, count), out _);
            if (up is not null)
            {
                value *= Lanes.Load(up + index, count);
            }

            Lanes.Store(value, y + index, count);
        }
    }

    /// <summary>dGate = dY · up · activation′(gate), dUp = dY · activation(gate); null where nobody asks.</summary>
    internal readonly struct BackwardKernel<T>(
        float* dY,
        float* gate,
        float* up,
        float* dGate,
        float* dUp,
        bool accumulate
    ) : ILaneKernel
        where T : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke(long index, int count)
        {
            var d = Lanes.Load(dY + index, count);
            var value = T.Activate(Lanes.Load(gate + index, count), out var derivative);
            var gateGradient = d * derivative;
            if (up is not null)
            {
                gateGradient *= Lanes.Load(up + index, count);
            }

            if (dGate is not null)
            {
                Lanes.Store(gateGradient, dGate + index, count, accumulate);
            }

            if (dUp is not null)
            {
                Lanes.Store(d * value, dUp + index, count, accumulate);
            }
        }
    }

    /// <summary>x · σ(x).</summary>
    internal readonly struct Silu : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Activate(Vector256<float> x, out Vector256<float> derivative)
        {
            var sigmoid = VectorMath.Sigmoid(x);
            var value = x * sigmoid;

            // σ + x·σ·(1 − σ)
            derivative = VectorMath.Fma(value, Vector256<float>.One - sigmoid, sigmoid);
            return value;
        }
    }

    /// <summary>x · (1 + tanh u) / 2 with u = √(2/π) · (x + 0.044715 x³), which is x · σ(2u).</summary>
    internal readonly struct GeluTanh : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Activate(Vector256<float> x, out Vector256<float> derivative)
        {
            const float linear = 1.595769122f;
            const float cubic = linear * 0.044715f;
            var square = x * x;
            var sigmoid = VectorMath.Sigmoid(
                x * VectorMath.Fma(Vector256.Create(cubic), square, Vector256.Create(linear))
            );
            var value = x * sigmoid;
            var slope = VectorMath.Fma(Vector256.Create(3 * cubic), square, Vector256.Create(linear));
            derivative = VectorMath.Fma(value * (Vector256<float>.One - sigmoid), slope, sigmoid);
            return value;
        }
    }

    /// <summary>x · Φ(x).</summary>
    internal readonly struct Gelu : IActivation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Activate(Vector256<float> x, out Vector256<float> derivative)
        {
            var probability = VectorMath.Normal(x, out var density);
            derivative = VectorMath.Fma(x, density, probability);
            return x * probability;
        }
    }
}
