using System.Runtime.Intrinsics;
using Luthier.Tensors.Assembly;
using Luthier.Tensors.Memory;
using Luthier.Tensors.Quantization;
using static Luthier.Tensors.Assembly.QuantizedLayout;

namespace Luthier.Tensors.Matrices;

/// <summary>
/// A quantized weight [out, in] as tiles read it: strips of 32 outputs, in each of them one group of 32 inputs after
/// another; see <see cref="QuantizedLayout"/>. The values are the weight's own, but for scales that have more digits than
/// a float16.
/// </summary>
internal sealed unsafe class QuantizedMatrix : IDisposable
{
    private readonly NativeMemory memory;

    public QuantizedMatrix(int columns, int k, DType type)
    {
        Columns = columns;
        K = k;
        Kind = KindOf(type);
        Strips = (columns + StripColumns - 1) / StripColumns;
        memory = new NativeMemory((long)Strips * StripBytes);
    }

    /// <summary>Outputs.</summary>
    public int Columns { get; }

    /// <summary>Inputs.</summary>
    public int K { get; }

    public QuantizedKind Kind { get; }

    public int Strips { get; }

    public int Groups => K / Group;

    /// <summary>Memory it takes.</summary>
    public long Bytes => memory.Bytes;

    public long StripBytes => (long)Groups * Kind.GroupBytes();

    public byte* Strip(int strip) => memory.Pointer + (strip * StripBytes);

    /// <summary>Packs some strips of a weight in a block type.</summary>
    public void Pack(Tensor weight, int firstStrip, int endStrip)
    {
        switch (weight.DType)
        {
            case DType.Q8_0:
                Pack<Q80Codec>(weight, firstStrip, endStrip);
                break;
            case DType.Q4_0:
                Pack<Q40Codec>(weight, firstStrip, endStrip);
                break;
            case DType.Q4_1:
                Pack<Q41Codec>(weight, firstStrip, endStrip);
                break;
            case DType.Q5_0:
                Pack<Q50Codec>(weight, firstStrip, endStrip);
                break;
            case DType.Q5_1:
                Pack<Q51Codec>(weight, firstStrip, endStrip);
                break;
            case DType.Q4_K:
                Pack<Q4KCodec>(weight, firstStrip, endStrip);
                break;
            case DType.Q5_K:
                Pack<Q5KCodec>(weight, firstStrip, endStrip);
                break;
            case DType.Q6_K:
                Pack<Q6KCodec>(weight, firstStrip, endStrip);
                break;
            default:
                throw new ArgumentException($"{weight.Describe()} is not quantized", nameof(weight));
        }
    }

    public void Dispose() => memory.Dispose();

    private static QuantizedKind KindOf(DType type) =>
        type switch
        {
            DType.Q8_0 => QuantizedKind.Bytes,
            DType.Q5_0 => QuantizedKind.Fives,
            DType.Q5_1 or DType.Q5_K => QuantizedKind.FivesWithOffset,
            DType.Q6_K => QuantizedKind.SixesBySixteen,
            DType.Q4_0 => QuantizedKind.Nibbles,
            DType.Q4_1 or DType.Q4_K => QuantizedKind.NibblesWithOffset,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a block type"),
        };

    private void Pack<T>(Tensor weight, int firstStrip, int endStrip)
        where T : IBlockCodec
    {
        const int most = 256;
        var elements = T.Type.BlockElements();
        var quants = stackalloc sbyte[most];
        var scales = stackalloc float[most / 16];
        var offsets = stackalloc float[most / 16];
        var rowBytes = T.Type.Bytes(K);
        for (var column = firstStrip * StripColumns; column < Math.Min(endStrip * StripColumns, Columns); column++)
        {
            var strip = Strip(column / StripColumns);
            var block = weight.Data + (column * rowBytes);
            for (var start = 0; start < K; start += elements, block += T.Type.BlockBytes())
            {
                T.Read(block, quants, scales, offsets);
                for (var i = 0; i < elements; i += Group)
                {
                    var target = strip + ((start + i) / Group * (long)Kind.GroupBytes());
                    PackScales(target, column % StripColumns, scales, offsets, i / T.GroupElements);
                    PackCodes(target, column % StripColumns, quants + i);
                }
            }
        }
    }

    private void PackScales(byte* group, int column, float* scales, float* offsets, int first)
    {
        for (var i = 0; i < Kind.ScalesPerGroup(); i++)
        {
            ((Half*)(group + (i * ScaleBytes)))[column] = (Half)scales[first + i];
        }

        if (Kind.HasOffsets())
        {
            ((Half*)(group + ScaleBytes))[column] = (Half)offsets[first];
        }
    }

    private void PackCodes(byte* group, int column, sbyte* quants)
    {
        const int half = Steps / 2;
        var codes = (Vector256.Load(quants) + Vector256.Create(unchecked((sbyte)Kind.Center()))).AsByte();
        var target = group + Kind.CodesAt() + (column * StepElements);
        var steps = (Kind.HasNibbles() ? codes & Vector256.Create((byte)0xF) : codes).AsUInt32();
        for (var step = 0; step < (Kind.HasNibbles() ? half : Steps); step++)
        {
            *(uint*)(target + (step * StepBytes)) = Kind.HasNibbles()
                ? steps[step] | (steps[step + half] << 4)
                : steps[step];
        }

        switch (Kind.Bits())
        {
            case 5:
                PackFifthBits(group + Kind.HighBitsAt(), column, codes);
                break;
            case 6:
                PackPairs(group + Kind.HighBitsAt(), column, (codes >>> 4).AsUInt32());
                break;
        }
    }

    // Two columns share a byte: theirs are the four bits of its low or high half.
    private static void PackFifthBits(byte* bits, int column, Vector256<byte> codes)
    {
        var all = (codes << 3).ExtractMostSignificantBits();
        for (var step = 0; step < Steps; step++)
        {
            var four = (byte)((all >> (step * StepElements)) & 0xF);
            bits[((step * StepBytes) + (column * StepElements)) / 8] |= (byte)(four << (column % 2 * StepElements));
        }
    }

    private static void PackPairs(byte* bits, int column, Vector256<uint> pairs)
    {
        const int half = Steps / 2;
        for (var step = 0; step < Steps; step++)
        {
            var four = (uint*)(bits + (step / half * StepBytes) + (column * StepElements));
            *four |= pairs[step] << (2 * (step % half));
        }
    }
}
