using System.Runtime.Intrinsics;
using static Luthier.Tensors.Assembly.QuantizedLayout;

namespace Luthier.Tensors.Matrices;

/// <summary>Rounds activations to eight bits by groups of 32, the largest magnitude of a group to 127.</summary>
internal static unsafe class QuantizedActivations
{
    // Added to a number of small magnitude, this leaves its nearest integer in the low bits.
    private const float Rounder = 12582912f;

    /// <summary>Quantizes 32 activations to a block of <see cref="ActivationBytes"/>.</summary>
    public static void Quantize(float* x, byte* block)
    {
        var x0 = Vector256.Load(x);
        var x1 = Vector256.Load(x + 8);
        var x2 = Vector256.Load(x + 16);
        var x3 = Vector256.Load(x + 24);
        var largest = Vector256.MaxNative(
            Vector256.MaxNative(Vector256.Abs(x0), Vector256.Abs(x1)),
            Vector256.MaxNative(Vector256.Abs(x2), Vector256.Abs(x3))
        );
        var magnitude = Vectors.Reductions.Max(largest);
        var scale = magnitude / 127;
        var inverse = Vector256.Create(magnitude > 0 ? 127 / magnitude : 0);
        var q0 = Rounded(x0 * inverse);
        var q1 = Rounded(x1 * inverse);
        var q2 = Rounded(x2 * inverse);
        var q3 = Rounded(x3 * inverse);
        Vector256.Narrow(Vector256.Narrow(q0, q1), Vector256.Narrow(q2, q3)).Store((sbyte*)block);
        var first = Vector256.Sum(q0 + q1);
        var second = Vector256.Sum(q2 + q3);
        *(float*)(block + ScaleAt) = scale;
        *(float*)(block + SumAt) = scale * (first + second);
        *(int*)(block + BytesCenterAt) = -128 * (first + second);
        *(int*)(block + NibblesCenterAt) = -8 * (first + second);
        *(int*)(block + FivesCenterAt) = -16 * (first + second);
        *(int*)(block + HalvesCenterAt) = -128 * first;
        *(int*)(block + HalvesCenterAt + sizeof(int)) = -128 * second;
    }

    private static Vector256<int> Rounded(Vector256<float> x) =>
        (x + Vector256.Create(Rounder)).AsInt32() - Vector256.Create(Rounder).AsInt32();
}
