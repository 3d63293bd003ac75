using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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

    public static void Dequantize(byte* block, float* values)
    {
        var scale = BlockMath.ReadHalf(block);
        var minimum = BlockMath.ReadHalf(block + MinimumAt);
        var (first, second) = Nibbles.Read(block + QuantsAt, Unsafe.ReadUnaligned<uint>(block + FifthBitsAt));
        BlockMath.Store(first.AsSByte(), scale, minimum, values);
        BlockMath.Store(second.AsSByte(), scale, minimum, values + 16);
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
