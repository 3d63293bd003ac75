using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Quantization;

/// <summary>32 elements in 34 bytes: scale (float16), 32 signed bytes. An element is scale · byte.</summary>
internal readonly unsafe struct Q80Codec : IBlockCodec
{
    private const int Elements = 32;
    private const int QuantsAt = 2;
    private const float Largest = 127;

    public static DType Type => DType.Q8_0;

    public static int GroupElements => 32;

    public static bool IsCentered => true;

    public static void Read(byte* block, sbyte* quants, float* scales, float* offsets)
    {
        scales[0] = BlockMath.ReadHalf(block);
        offsets[0] = 0;
        Vector256.Load((sbyte*)block + QuantsAt).Store(quants);
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
