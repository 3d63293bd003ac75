using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Quantization;

/// <summary>32 elements in 34 bytes: scale (float16), 32 signed bytes. An element is scale · byte.</summary>
internal readonly unsafe struct Q80Codec : IBlockCodec
{
    private const int Elements = 32;
    private const int QuantsAt = 2;
    private const float Largest = 127;

    public static DType Type => DType.Q8_0;

    public static void Dequantize(byte* block, float* values)
    {
        var scale = BlockMath.ReadHalf(block);
        for (var i = 0; i < Elements; i += Vector128<sbyte>.Count)
        {
            BlockMath.Store(Vector128.Load((sbyte*)block + QuantsAt + i), scale, 0, values + i);
        }
    }

    /// <summary>The largest magnitude becomes 127; halves are rounded away from zero.</summary>
    public static void Quantize(float* values, byte* block)
    {
        var scale = MathF.Abs(BlockMath.SignedMax(values, Elements)) / Largest;
        var inverse = BlockMath.InverseOrZero(scale);
        BlockMath.WriteHalf(block, scale);
        for (var i = 0; i < Elements; i++)
        {
            ((sbyte*)block)[QuantsAt + i] = (sbyte)MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero);
        }
    }
}
