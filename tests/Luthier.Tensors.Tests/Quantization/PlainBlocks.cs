using System.Buffers.Binary;

namespace Luthier.Tensors.Tests.Quantization;

/// <summary>The value of one element of a block, straight from the description of its format.</summary>
internal static class PlainBlocks
{
    public static readonly DType[] Types =
    [
        DType.Q8_0,
        DType.Q4_0,
        DType.Q4_1,
        DType.Q5_0,
        DType.Q5_1,
        DType.Q4_K,
        DType.Q5_K,
        DType.Q6_K,
    ];

    public static double Value(DType type, ReadOnlySpan<byte> block, int element) =>
        type switch
        {
            DType.Q8_0 => Half(block, 0) * (sbyte)block[2 + element],
            DType.Q4_0 => Half(block, 0) * (Nibble(block[2..], element) - 8),
            DType.Q4_1 => (Half(block, 0) * Nibble(block[4..], element)) + Half(block, 2),
            DType.Q5_0 => Half(block, 0) * (Nibble(block[6..], element) + (16 * Bit(block[2..], element)) - 16),
            DType.Q5_1 => (Half(block, 0) * (Nibble(block[8..], element) + (16 * Bit(block[4..], element))))
                + Half(block, 2),
            DType.Q4_K => GroupValue(block, element / 32, GroupNibble(block[16..], element)),
            DType.Q5_K => GroupValue(
                block,
                element / 32,
                GroupNibble(block[48..], element) + (16 * ((block[16 + (element % 32)] >> (element / 32)) & 1))
            ),
            DType.Q6_K => Half(block, 208) * (sbyte)block[192 + (element / 16)] * (SixBits(block, element) - 32),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };

    /// <summary>Where a block has float16 numbers.</summary>
    public static int[] Halves(DType type) =>
        type switch
        {
            DType.Q8_0 or DType.Q4_0 or DType.Q5_0 => [0],
            DType.Q6_K => [208],
            _ => [0, 2],
        };

    private static double Half(ReadOnlySpan<byte> block, int at) =>
        (double)BinaryPrimitives.ReadHalfLittleEndian(block[at..]);

    // Element i in the low half of byte i, element i + 16 in its high half.
    private static int Nibble(ReadOnlySpan<byte> quants, int element) =>
        element < 16 ? quants[element] & 15 : quants[element - 16] >> 4;

    private static int Bit(ReadOnlySpan<byte> bits, int element) => (bits[element / 8] >> (element % 8)) & 1;

    // 32 bytes for 64 elements: the first 32 in the low halves.
    private static int GroupNibble(ReadOnlySpan<byte> quants, int element)
    {
        var value = quants[(element / 64 * 32) + (element % 32)];
        return element % 64 < 32 ? value & 15 : value >> 4;
    }

    private static double GroupValue(ReadOnlySpan<byte> block, int group, int quant)
    {
        var scales = block.Slice(4, 12);
        int scale;
        int minimum;
        if (group < 4)
        {
            scale = scales[group] & 63;
            minimum = scales[group + 4] & 63;
        }
        else
        {
            scale = (scales[group + 4] & 15) | ((scales[group - 4] & 192) >> 2);
            minimum = (scales[group + 4] >> 4) | ((scales[group] & 192) >> 2);
        }

        return (float)((Half(block, 0) * scale * quant) - (Half(block, 2) * minimum));
    }

    private static int SixBits(ReadOnlySpan<byte> block, int element)
    {
        var (half, inHalf) = (element / 128, element % 128);
        var low = block[(half * 64) + (inHalf % 64)];
        var high = block[128 + (half * 32) + (inHalf % 32)];
        return (inHalf < 64 ? low & 15 : low >> 4) | (((high >> (inHalf / 32 * 2)) & 3) << 4);
    }
}
