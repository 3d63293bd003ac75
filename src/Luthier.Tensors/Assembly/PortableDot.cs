using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Assembly;

/// <summary>One dot product in C#, with sixteen partial sums.</summary>
internal static unsafe class PortableDot
{
    private const int Block = 256;
    private const int Lanes = 8;

    /// <summary>Σ left[i] · right[i]; left is of any operand type.</summary>
    public static float Sum(byte* left, DType type, float* right, long length)
    {
        var widened = stackalloc float[Block];
        Vector256<float> even = default;
        Vector256<float> odd = default;
        var rest = 0f;
        for (var start = 0L; start < length; start += Block)
        {
            var count = (int)Math.Min(Block, length - start);
            var x = (float*)left + start;
            if (type != DType.Float32)
            {
                Conversion.ToFloat32(left + (start * type.Size()), type, widened, count);
                x = widened;
            }

            var y = right + start;
            var i = 0;
            for (; i <= count - (2 * Lanes); i += 2 * Lanes)
            {
                even = Vector256.FusedMultiplyAdd(Vector256.Load(x + i), Vector256.Load(y + i), even);
                odd = Vector256.FusedMultiplyAdd(Vector256.Load(x + i + Lanes), Vector256.Load(y + i + Lanes), odd);
            }

            for (; i < count; i++)
            {
                rest = MathF.FusedMultiplyAdd(x[i], y[i], rest);
            }
        }

        return Vector256.Sum(even + odd) + rest;
    }
}
