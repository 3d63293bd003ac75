using System.Runtime.InteropServices;

namespace Luthier.Tensors.Assembly;

/// <summary>How the weights of a strip of columns lie, and what a tile does with them.</summary>
internal enum QuantizedKind
{
    /// <summary>Bytes, 128 above a signed quant, with a scale for 32 elements.</summary>
    Bytes = 0,

    /// <summary>The same with a scale for 16 elements.</summary>
    BytesBySixteen,

    /// <summary>Bytes of zero or above, with a scale and an offset for 32 elements.</summary>
    BytesWithOffset,

    /// <summary>Four bits, 8 above a signed quant, with a scale for 32 elements.</summary>
    Nibbles,

    /// <summary>Four bits of zero or above, with a scale and an offset for 32 elements.</summary>
    NibblesWithOffset,

    /// <summary>Five bits, 16 above a signed quant, with a scale for 32 elements.</summary>
    Fives,

    /// <summary>Five bits of zero or above, with a scale and an offset for 32 elements.</summary>
    FivesWithOffset,

    /// <summary>Six bits, 32 above a signed quant, with a scale for 16 elements.</summary>
    SixesBySixteen,
}

/// <summary>
/// Layout of packed weights and of quantized activations. Along k both come in groups of 32 elements.
/// </summary>
/// <remarks>
/// A group of a strip of 32 columns holds scales (float16, by column), offsets (the same, where the kind has them) and
/// codes. Codes come in steps of four elements along k: for each step 32 columns of four bytes. Of codes of less than
/// eight bits the low four come first: those of step s in the low halves of bytes, those of step s + 4 in the high ones.
/// Then come fifth bits, a bit where the step would have a byte, or pairs of higher bits: bits 2j and 2j + 1 of a byte
/// belong to step j of the first or of the last four steps. A row of activations has a block of 64 bytes for each group:
/// 32 signed bytes, and the values that the constants below place.
/// </remarks>
internal static class QuantizedLayout
{
    public const int Group = 32;
    public const int StripColumns = 32;

    /// <summary>Elements along k that a dot product of bytes takes at once.</summary>
    public const int StepElements = 4;

    public const int Steps = Group / StepElements;

    /// <summary>Codes of one step, a byte each.</summary>
    public const int StepBytes = StripColumns * StepElements;

    /// <summary>Scales, or offsets, of a strip.</summary>
    public const int ScaleBytes = StripColumns * sizeof(ushort);

    public const int ActivationBytes = 64;

    /// <summary>float32: an activation is its byte times this.</summary>
    public const int ScaleAt = 32;

    /// <summary>float32: the sum of the activations as they were rounded.</summary>
    public const int SumAt = 36;

    /// <summary>int32: −128 times the sum of the bytes.</summary>
    public const int BytesCenterAt = 40;

    /// <summary>int32: −8 times the sum of the bytes.</summary>
    public const int NibblesCenterAt = 44;

    /// <summary>int32, twice: −128 times the sums of the first and the last sixteen bytes.</summary>
    public const int HalvesCenterAt = 48;

    /// <summary>int32: −16 times the sum of the bytes.</summary>
    public const int FivesCenterAt = 56;

    /// <summary>The low four bits of all codes of a group.</summary>
    public const int NibbleBytes = StepBytes * Steps / 2;

    public static bool HasOffsets(this QuantizedKind kind) =>
        kind is QuantizedKind.BytesWithOffset or QuantizedKind.NibblesWithOffset or QuantizedKind.FivesWithOffset;

    /// <summary>Bits of a code.</summary>
    public static int Bits(this QuantizedKind kind) =>
        kind switch
        {
            QuantizedKind.Nibbles or QuantizedKind.NibblesWithOffset => 4,
            QuantizedKind.Fives or QuantizedKind.FivesWithOffset => 5,
            QuantizedKind.SixesBySixteen => 6,
            _ => 8,
        };

    /// <summary>Whether codes lie as nibbles, with what bits they have beyond four after them.</summary>
    public static bool HasNibbles(this QuantizedKind kind) => kind.Bits() < 8;

    /// <summary>Scales of a group and column.</summary>
    public static int ScalesPerGroup(this QuantizedKind kind) =>
        kind is QuantizedKind.BytesBySixteen or QuantizedKind.SixesBySixteen ? 2 : 1;

    /// <summary>Where the codes of a group begin.</summary>
    public static int CodesAt(this QuantizedKind kind) =>
        ScaleBytes * (kind.ScalesPerGroup() + (kind.HasOffsets() ? 1 : 0));

    /// <summary>Where the bits beyond four begin.</summary>
    public static int HighBitsAt(this QuantizedKind kind) => kind.CodesAt() + NibbleBytes;

    public static int GroupBytes(this QuantizedKind kind) => kind.CodesAt() + (StepBytes * Steps * kind.Bits() / 8);

    /// <summary>What is added to a quant to make a code.</summary>
    public static int Center(this QuantizedKind kind) =>
        kind switch
        {
            QuantizedKind.Bytes or QuantizedKind.BytesBySixteen => 128,
            QuantizedKind.Nibbles => 8,
            QuantizedKind.Fives => 16,
            QuantizedKind.SixesBySixteen => 32,
            _ => 0,
        };

    /// <summary>The kind in which all codes have become bytes.</summary>
    public static QuantizedKind Widened(this QuantizedKind kind) =>
        kind switch
        {
            QuantizedKind.Nibbles or QuantizedKind.Fives => QuantizedKind.Bytes,
            QuantizedKind.NibblesWithOffset or QuantizedKind.FivesWithOffset => QuantizedKind.BytesWithOffset,
            QuantizedKind.SixesBySixteen => QuantizedKind.BytesBySixteen,
            _ => kind,
        };
}

/// <summary>
/// What a tile of quantized weights works on: C [rows, 32] = activations [rows, k] · a strip [k, 32]. Rows of
/// activations lie side by side in each group; strides in bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct QuantizedTileArguments
{
    public byte* Activations;
    public byte* Strip;
    public float* C;
    public long CRowStride;

    /// <summary>Groups along k, one or more.</summary>
    public long Groups;

    /// <summary>Bit i: whether column i is written.</summary>
    public long Columns;
}
