using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Quantization;

/// <summary>
/// 256 elements in 176 bytes: <see cref="SixBitScales"/> for groups of 32, 32 bytes of fifth bits, 128 bytes of low four
/// bits as in <see cref="Q4KCodec"/>. Bit g of fifth-bit byte i belongs to element i of group g.
/// </summary>
internal readonly unsafe struct Q5KCodec : IBlockCodec
{
    private const int Group = 32;
    private const int Largest = 31;
    private const int QuantsAt = SixBitScales.Bytes + Group;

    public static DType Type => DType.Q5_K;

    public static int GroupElements => 32;

    public static bool IsCentered => false;

    public static void Read(byte* block, sbyte* quants, float* scales, float* offsets)
    {
        var fifthBits = Vector256.Load(block + SixBitScales.Bytes);
        var packed = block + QuantsAt;
        for (var group = 0; group < SixBitScales.Groups; group++)
        {
            (scales[group], var minimum) = SixBitScales.Read(block, group);
            offsets[group] = -minimum;
            var bytes = Vector256.Load(packed + (group / 2 * Group));
            var quant = group % 2 == 0 ? bytes & Vector256.Create((byte)0xF) : bytes >>> 4;
            var bit = Vector256.Create((byte)(1 << group));
            quant |= Vector256.Equals(fifthBits & bit, bit) & Vector256.Create((byte)16);
            quant.AsSByte().Store(quants + (group * Group));
        }
    }

    public static void Quantize(float* values, byte* block)
    {
        var quants = stackalloc byte[SixBitScales.Groups * Group];
        GroupQuants.Find(values, block, quants, Largest, firstTrial: -0.5f, trials: 15);
        var fifthBits = block + SixBitScales.Bytes;
        var packed = block + QuantsAt;
        new Span<byte>(fifthBits, Group).Clear();
        for (var group = 0; group < SixBitScales.Groups; group += 2)
        {
            for (var i = 0; i < Group; i++)
            {
                var (low, high) = (quants[i], quants[i + Group]);
                packed[(group / 2 * Group) + i] = (byte)((low & 0xF) | ((high & 0xF) << 4));
                fifthBits[i] |= (byte)(((low >> 4) << group) | ((high >> 4) << (group + 1)));
            }

            quants += 2 * Group;
        }
    }
}
