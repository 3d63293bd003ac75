using System.Runtime.CompilerServices;

namespace Luthier.Tensors.Quantization;

/// <summary>
/// 32 elements in 24 bytes: scale, minimum (float16), fifth bits, 4-bit quants. An element is scale · quant + minimum.
/// </summary>
internal readonly unsafe struct Q51Codec : IBlockCodec
{
    private const int MinimumAt = 2;
    private const int FifthBitsAt = 4;
    private const int QuantsAt = 8;
    private const int Largest = 31;

    public static DType Type => DType.Q5_1;

    public static int GroupElements => 32;

    public static bool IsCentered => false;

    public static void Read(byte* block, sbyte* quants, float* scales, float* offsets)
    {
        scales[0] = BlockMath.ReadHalf(block);
        offsets[0] = BlockMath.ReadHalf(block + MinimumAt);
        var fifthBits = Unsafe.ReadUnaligned<uint>(block + FifthBitsAt);
        Nibbles.Store(Nibbles.Read(block + QuantsAt, fifthBits), 0, quants);
    }

    /// <summary>The smallest element becomes 0, the largest 31.</summary>
    public static void Quantize(float* values, byte* block)
    {
        var (minimum, maximum) = BlockMath.Range(values, Nibbles.Elements);
        var scale = (maximum - minimum) / Largest;
        BlockMath.WriteHalf(block, scale);
        BlockMath.WriteHalf(block + MinimumAt, minimum);
        var inverse = BlockMath.InverseOrZero(scale);
        var fifthBits = Nibbles.Write(values, minimum, inverse, Largest, 0.5f, block + QuantsAt);
        Unsafe.WriteUnaligned(block + FifthBitsAt, fifthBits);
    }
}
