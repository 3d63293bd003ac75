using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Quantization;

/// <summary>
/// 256 elements in 210 bytes: 128 bytes of low four bits, 64 bytes of high two bits, 16 signed scales of groups of 16,
/// a scale of the scales (float16). An element is scale · group's scale · (quant − 32).
/// </summary>
/// <remarks>
/// Each half of 128 elements has four rows of 32: low bits of rows 0 and 2 share the first 32 bytes (low and high half of
/// a byte), rows 1 and 3 the next 32; of high-bit byte i, bits 2r and 2r + 1 belong to element i of row r.
/// </remarks>
internal readonly unsafe struct Q6KCodec : IBlockCodec
{
    private const int Elements = 256;
    private const int HighBitsAt = 128;
    private const int ScalesAt = 192;
    private const int ScaleAt = 208;
    private const int Group = 16;
    private const int Groups = Elements / Group;
    private const int Row = 32;
    private const int Half = 128;
    private const int Center = 32;

    // Below this, elements are taken for zeros.
    private const float Smallest = 1e-15f;

    public static DType Type => DType.Q6_K;

    public static int GroupElements => Group;

    public static bool IsCentered => true;

    public static void Read(byte* block, sbyte* quants, float* scales, float* offsets)
    {
        var scale = BlockMath.ReadHalf(block + ScaleAt);
        for (var group = 0; group < Groups; group++)
        {
            var (half, row, column) = Place(group * Group);
            var low = Vector128.Load(block + (half * Half / 2) + (row % 2 * Row) + column);
            low = row < 2 ? low & Vector128.Create((byte)0xF) : low >>> 4;
            var high = Vector128.Load(block + HighBitsAt + (half * Row) + column) >>> (2 * row);
            var quant = low | ((high & Vector128.Create((byte)3)) << 4);
            (quant.AsSByte() - Vector128.Create((sbyte)Center)).Store(quants + (group * Group));
            scales[group] = scale * ((sbyte*)block)[ScalesAt + group];
            offsets[group] = 0;
        }
    }

    /// <summary>
    /// 1. Scale of each group by <see cref="ScaleSearch.Symmetric"/>. 2. The one of the largest magnitude becomes −128.
    /// 3. Quants by the scales as they were rounded.
    /// </summary>
    public static void Quantize(float* values, byte* block)
    {
        // 1.
        new Span<byte>(block, Type.BlockBytes()).Clear();
        var scales = stackalloc float[Groups];
        for (var group = 0; group < Groups; group++)
        {
            scales[group] = ScaleSearch.Symmetric(values + (group * Group), Group, Center);
        }

        // 2.
        var largest = BlockMath.SignedMax(scales, Groups);
        if (MathF.Abs(largest) < Smallest)
        {
            return;
        }

        var inverse = sbyte.MinValue / largest;
        var scale = BlockMath.WriteHalf(block + ScaleAt, 1 / inverse);
        for (var group = 0; group < Groups; group++)
        {
            var rounded = (int)MathF.Round(inverse * scales[group]);
            ((sbyte*)block)[ScalesAt + group] = (sbyte)Math.Clamp(rounded, sbyte.MinValue, sbyte.MaxValue);

            // 3.
            var factor = scale * ((sbyte*)block)[ScalesAt + group];
            for (var i = group * Group; i < (group + 1) * Group; i++)
            {
                var quant = factor == 0 ? 0 : (int)MathF.Round(values[i] / factor);
                Write(block, i, Math.Clamp(quant, -Center, Center - 1) + Center);
            }
        }
    }

    private static void Write(byte* block, int element, int quant)
    {
        var (half, row, column) = Place(element);
        block[(half * Half / 2) + (row % 2 * Row) + column] |= (byte)((quant & 0xF) << (row < 2 ? 0 : 4));
        block[HighBitsAt + (half * Row) + column] |= (byte)((quant >> 4) << (2 * row));
    }

    private static (int Half, int Row, int Column) Place(int element) =>
        (element / Half, element % Half / Row, element % Row);
}
