namespace Luthier.Tensors.Quantization;

/// <summary>32 elements in 18 bytes: scale (float16), 4-bit quants. An element is scale · (quant − 8).</summary>
internal readonly unsafe struct Q40Codec : IBlockCodec
{
    private const int QuantsAt = 2;
    private const int Center = 8;

    public static DType Type => DType.Q4_0;

    public static int GroupElements => 32;

    public static bool IsCentered => true;

    public static void Read(byte* block, sbyte* quants, float* scales, float* offsets)
    {
        scales[0] = BlockMath.ReadHalf(block);
        offsets[0] = 0;
        Nibbles.Store(Nibbles.Read(block + QuantsAt), Center, quants);
    }

    /// <summary>The element of the largest magnitude becomes −8.</summary>
    public static void Quantize(float* values, byte* block)
    {
        var scale = BlockMath.SignedMax(values, Nibbles.Elements) / -Center;
        BlockMath.WriteHalf(block, scale);
        Nibbles.Write(values, 0, BlockMath.InverseOrZero(scale), 15, Center + 0.5f, block + QuantsAt);
    }
}
