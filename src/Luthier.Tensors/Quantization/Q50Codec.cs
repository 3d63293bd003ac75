using System.Runtime.CompilerServices;

namespace Luthier.Tensors.Quantization;

/// <summary>
/// 32 elements in 22 bytes: scale (float16), fifth bits, 4-bit quants. An element is scale · (quant − 16).
/// </summary>
internal readonly unsafe struct Q50Codec : IBlockCodec
{
    private const int FifthBitsAt = 2;
    private const int QuantsAt = 6;
    private const int Center = 16;

    public static DType Type => DType.Q5_0;

    public static int GroupElements => 32;

    public static bool IsCentered => true;

    public static void Read(byte* block, sbyte* quants, float* scales, float* offsets)
    {
        scales[0] = BlockMath.ReadHalf(block);
        offsets[0] = 0;
        var fifthBits = Unsafe.ReadUnaligned<uint>(block + FifthBitsAt);
        Nibbles.Store(Nibbles.Read(block + QuantsAt, fifthBits), Center, quants);
    }

    /// <summary>The element of the largest magnitude becomes −16.</summary>
    public static void Quantize(float* values, byte* block)
    {
        var scale = BlockMath.SignedMax(values, Nibbles.Elements) / -Center;
        BlockMath.WriteHalf(block, scale);
        var inverse = BlockMath.InverseOrZero(scale);
        var fifthBits = Nibbles.Write(values, 0, inverse, 31, Center + 0.5f, block + QuantsAt);
        Unsafe.WriteUnaligned(block + FifthBitsAt, fifthBits);
    }
}
