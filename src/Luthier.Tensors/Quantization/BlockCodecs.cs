using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Quantization;

/// <summary>Rows of any block type to float32 and back. A count of elements is a whole number of blocks.</summary>
internal static unsafe class BlockCodecs
{
    public static void Dequantize(byte* blocks, DType type, float* values, long count)
    {
        switch (type)
        {
            case DType.Q8_0:
                Dequantize<Q80Codec>(blocks, values, count);
                break;
            case DType.Q4_0:
                Dequantize<Q40Codec>(blocks, values, count);
                break;
            case DType.Q4_1:
                Dequantize<Q41Codec>(blocks, values, count);
                break;
            case DType.Q5_0:
                Dequantize<Q50Codec>(blocks, values, count);
                break;
            case DType.Q5_1:
                Dequantize<Q51Codec>(blocks, values, count);
                break;
            case DType.Q4_K:
                Dequantize<Q4KCodec>(blocks, values, count);
                break;
            case DType.Q5_K:
                Dequantize<Q5KCodec>(blocks, values, count);
                break;
            case DType.Q6_K:
                Dequantize<Q6KCodec>(blocks, values, count);
                break;
            default:
                throw NotReal(type);
        }
    }

    public static void Quantize(float* values, byte* blocks, DType type, long count)
    {
        switch (type)
        {
            case DType.Q8_0:
                Quantize<Q80Codec>(values, blocks, count);
                break;
            case DType.Q4_0:
                Quantize<Q40Codec>(values, blocks, count);
                break;
            case DType.Q4_1:
                Quantize<Q41Codec>(values, blocks, count);
                break;
            case DType.Q5_0:
                Quantize<Q50Codec>(values, blocks, count);
                break;
            case DType.Q5_1:
                Quantize<Q51Codec>(values, blocks, count);
                break;
            case DType.Q4_K:
                Quantize<Q4KCodec>(values, blocks, count);
                break;
            case DType.Q5_K:
                Quantize<Q5KCodec>(values, blocks, count);
                break;
            case DType.Q6_K:
                Quantize<Q6KCodec>(values, blocks, count);
                break;
            default:
                throw NotReal(type);
        }
    }

    private static void Dequantize<T>(byte* blocks, float* values, long count)
        where T : IBlockCodec
    {
        const int most = 256;
        const int vector = 16;
        var elements = T.Type.BlockElements();
        var quants = stackalloc sbyte[most];
        var scales = stackalloc float[most / vector];
        var offsets = stackalloc float[most / vector];
        for (var end = blocks + T.Type.Bytes(count); blocks < end; blocks += T.Type.BlockBytes())
        {
            T.Read(blocks, quants, scales, offsets);
            for (var i = 0; i < elements; i += vector)
            {
                var group = i / T.GroupElements;
                BlockMath.Store(Vector128.Load(quants + i), scales[group], offsets[group], values + i);
            }

            values += elements;
        }
    }

    private static void Quantize<T>(float* values, byte* blocks, long count)
        where T : IBlockCodec
    {
        var elements = T.Type.BlockElements();
        for (var end = blocks + T.Type.Bytes(count); blocks < end; blocks += T.Type.BlockBytes())
        {
            T.Quantize(values, blocks);
            values += elements;
        }
    }

    private static ArgumentException NotReal(DType type) => new($"conversion: {type} does not hold real numbers");
}
