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

    public static int GroupElements => 32;

    public static bool IsCentered => false;

    public static void Read(byte* block, sbyte* quants, float* scales, float* offsets)
    {
        var packed = block + SixBitScales.Bytes;
        for (var group = 0; group < SixBitScales.Groups; group++)
        {
            (scales[group], var minimum) = SixBitScales.Read(block, group);
            offsets[group] = -minimum;
            var bytes = Vector256.Load(packed + (group / 2 * Group));
            var quant = group % 2 == 0 ? bytes & Vector256.Create((byte)Largest) : bytes >>> 4;
            quant.AsSByte().Store(quants + (group * Group));
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
