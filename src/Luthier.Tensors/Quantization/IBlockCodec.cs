namespace Luthier.Tensors.Quantization;

/// <summary>
/// One block type: its layout, how its elements are read, and how float32 elements become a block. Layout and values
/// are those of ggml. Each element is a product of a scale (float16, in the K types times an integer of 6 or 8 bits)
/// and an integer, which float32 holds exactly, plus a minimum in some types: dequantizing rounds at most once.
/// </summary>
/// <remarks>Quantizing an element that is not finite gives a block without meaning.</remarks>
internal unsafe interface IBlockCodec
{
    static abstract DType Type { get; }

    /// <summary>Elements that share a scale.</summary>
    static abstract int GroupElements { get; }

    /// <summary>Whether all offsets are zero, and quants signed; otherwise quants are zero or above.</summary>
    static abstract bool IsCentered { get; }

    /// <summary>
    /// What a block holds: element i is quants[i] · scales[g] + offsets[g] for its group g, i / GroupElements.
    /// </summary>
    static abstract void Read(byte* block, sbyte* quants, float* scales, float* offsets);

    /// <summary>The block nearest to as many elements, by the rule of the type.</summary>
    static abstract void Quantize(float* values, byte* block);
}
