namespace Luthier.Tensors.Quantization;

/// <summary>32 elements in 20 bytes: scale, minimum (float16), 4-bit quants. An element is scale · quant + minimum.</summary>
internal readonly unsafe struct Q41Codec : IBlockCodec
{
    private const int MinimumAt = 2;
    private const int QuantsAt = 4;
    private const int Largest = 15;

    public static DType Type => DType.Q4_1;

    public static int GroupElements => 32;

    public static bool IsCentered => false;

    public static void Read(byte* block, sbyte* quants, float* scales, float* offsets)
    {
        scales[0] = BlockMath.ReadHalf(block);
        offsets[0] = BlockMath.ReadHalf(block + MinimumAt);
        Nibbles.Store(Nibbles.Read(block + QuantsAt), 0, quants);
    }

    /// <summary>The smallest element becomes 0, the largest 15.</summary>
    public static void Quantize(float* values, byte* block)
    {
        var (minimum, maximum) = BlockMath.Range(values, Nibbles.Elements);
        var scale = (maximum - minimum) / Largest;
        BlockMath.WriteHalf(block, scale);
        BlockMath.WriteHalf(block + MinimumAt, minimum);
        Nibbles.Write(values, minimum, BlockMath.InverseOrZero(scale), Largest, 0.5f, block + QuantsAt);
    }
}
