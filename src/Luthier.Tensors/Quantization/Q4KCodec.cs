using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Quantization;

/// <summary>
/// 256 elements in 144 bytes: <see cref="SixBitScales"/> for groups of 32, 128 bytes of 4-bit quants. 32 bytes hold two
/// groups, one in their low halves, the next in their high ones.
/// </summary>
internal readonly unsafe struct Q4KCodec : IBlockCodec
{
    private const int Group = 32;
    private const int Largest = 15;

    public static DType Type => DType.Q4_K;

    public static void Dequantize(byte* block, float* values)
    {
        var quants = block + SixBitScales.Bytes;
        for (var group = 0; group < SixBitScales.Groups; group++)
        {
            var (scale, minimum) = SixBitScales.Read(block, group);
            for (var i = 0; i < Group; i += 16)
            {
                var bytes = Vector128.Load(quants + (group / 2 * Group) + i);
                var quant = group % 2 == 0 ? bytes & Vector128.Create((byte)Largest) : bytes >>> 4;
                BlockMath.Store(quant.AsSByte(), scale, -minimum, values + (group * Group) + i);
            }
        }
    }

    public static void Quantize(float* values, byte* block)
    {
        var quants = stackalloc byte[SixBitScales.Groups * Group];
        GroupQuants.Find(values, block, quants, Largest, firstTrial: -1, trials: 20);
        var packed = block + SixBitScales.Bytes;
        for (var pair = 0; pair < SixBitScales.Groups / 2; pair++)
        {
            for (var i = 0; i < Group; i++)
            {
                packed[(pair * Group) + i] = (byte)(quants[i] | (quants[i + Group] << 4));
            }

            quants += 2 * Group;
        }
    }
}
