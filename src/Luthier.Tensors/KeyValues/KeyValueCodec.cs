using System.Runtime.Intrinsics;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.KeyValues;

/// <summary>Writes rows of keys and values into a cache's blocks, and reads a head's block back as float32.</summary>
internal static unsafe class KeyValueCodec
{
    private const int Tokens = PagedKeyValueCache.BlockTokens;

    /// <summary>Writes a token's keys [d] and values [d] of one head to their place in a block.</summary>
    public static void Store(KeyValueType type, byte* keys, byte* values, int token, float* k, float* v, int d)
    {
        switch (type)
        {
            case KeyValueType.Float32:
                for (var i = 0; i < d; i++)
                {
                    ((float*)keys)[(i * Tokens) + token] = k[i];
                }

                new Span<float>(v, d).CopyTo(new Span<float>((float*)values + ((long)token * d), d));
                break;
            case KeyValueType.BFloat16:
                for (var i = 0; i < d; i++)
                {
                    ((ushort*)keys)[(i * Tokens) + token] = Conversion.SingleToBFloat16(k[i]);
                    ((ushort*)values)[((long)token * d) + i] = Conversion.SingleToBFloat16(v[i]);
                }

                break;
            default:
                StoreBytes((sbyte*)keys + token, Tokens, k, d, (float*)(keys + ((long)Tokens * d)) + token);
                StoreBytes((sbyte*)values + ((long)token * d), 1, v, d, (float*)(values + ((long)Tokens * d)) + token);
                break;
        }
    }

    /// <summary>The first <paramref name="steps"/> rows of a half block [rows, columns] as float32.</summary>
    /// <param name="isKeys">Whether scales belong to columns (keys) or to rows (values).</param>
    public static void Widen(
        KeyValueType type,
        byte* half,
        int rows,
        int steps,
        int columns,
        bool isKeys,
        float* target
    )
    {
        var count = (long)steps * columns;
        if (type == KeyValueType.BFloat16)
        {
            Conversion.ToFloat32(half, DType.BFloat16, target, count);
            return;
        }

        var scales = (float*)(half + ((long)rows * columns));
        for (var row = 0; row < steps; row++)
        {
            var codes = (sbyte*)half + ((long)row * columns);
            var to = target + ((long)row * columns);
            var i = 0;
            for (; i <= columns - Lanes.Count; i += Lanes.Count)
            {
                var (low, high) = Vector128.Widen(Vector128.WidenLower(Vector64.Load(codes + i).ToVector128()));
                var value = Vector256.ConvertToSingle(Vector256.Create(low, high));
                (value * (isKeys ? Vector256.Load(scales + i) : Vector256.Create(scales[row]))).Store(to + i);
            }

            for (; i < columns; i++)
            {
                to[i] = codes[i] * scales[isKeys ? i : row];
            }
        }
    }

    private static void StoreBytes(sbyte* codes, int stride, float* x, int d, float* scale)
    {
        var largest = 0f;
        for (var i = 0; i < d; i++)
        {
            largest = MathF.Max(largest, MathF.Abs(x[i]));
        }

        *scale = largest / 127;
        var inverse = largest > 0 ? 127 / largest : 0;
        for (var i = 0; i < d; i++)
        {
            codes[i * stride] = (sbyte)MathF.Round(x[i] * inverse);
        }
    }
}
