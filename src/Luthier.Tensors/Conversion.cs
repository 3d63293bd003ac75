using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Luthier.Tensors.Quantization;

namespace Luthier.Tensors;

/// <summary>
/// Conversion between the element types of real numbers: narrowing rounds to nearest even, overflow becomes infinity,
/// NaN stays NaN and subnormal numbers are kept. For block types see <see cref="IBlockCodec"/>; their elements are
/// counted in whole blocks.
/// </summary>
public static unsafe class Conversion
{
    private const int ChunkElements = 1024;
    private const int RowsAtATime = 16;

    /// <summary>Copies all elements into a tensor of another type of real numbers and as many elements.</summary>
    /// <exception cref="ArgumentException">The counts differ, or a type is not one of real numbers.</exception>
    public static void Copy(Tensor from, Tensor to)
    {
        if (from.Count != to.Count || !from.DType.IsReal() || !to.DType.IsReal())
        {
            throw new ArgumentException($"copy: {from.Describe()} can't be converted into {to.Describe()}");
        }

        to.DropDeviceState();
        if (from.DType == to.DType)
        {
            Buffer.MemoryCopy(from.Data, to.Data, to.Bytes, from.Bytes);
        }
        else if (from.DType == DType.Float32)
        {
            FromFloat32((float*)from.Data, to.Data, to.DType, from.Count);
        }
        else if (to.DType == DType.Float32)
        {
            ToFloat32(from.Data, from.DType, (float*)to.Data, from.Count);
        }
        else
        {
            CopyByChunks(from, to);
        }

        GC.KeepAlive(from);
        GC.KeepAlive(to);
    }

    /// <summary>The same by rows, on several threads: for types whose conversion takes its time.</summary>
    /// <param name="threads">1 or more.</param>
    public static void Copy(Tensor from, Tensor to, int threads)
    {
        if (threads == 1 || from.Rows != to.Rows)
        {
            Copy(from, to);
            return;
        }

        to.DropDeviceState();
        var (source, target) = (from.View(from.Rows, from.Columns), to.View(to.Rows, to.Columns));
        Parallel.For(
            0,
            (from.Rows + RowsAtATime - 1) / RowsAtATime,
            new ParallelOptions { MaxDegreeOfParallelism = threads },
            part =>
            {
                var start = part * RowsAtATime;
                var count = Math.Min(RowsAtATime, source.Rows - start);
                Copy(source.Slice(start, count), target.Slice(start, count));
            }
        );
    }

    /// <summary>Whether no element is NaN or infinite.</summary>
    public static bool IsFinite(Tensor tensor)
    {
        var chunk = stackalloc float[ChunkElements];
        for (long i = 0; i < tensor.Count; i += ChunkElements)
        {
            var part = (int)Math.Min(tensor.Count - i, ChunkElements);
            ToFloat32(tensor.Data + tensor.DType.Bytes(i), tensor.DType, chunk, part);
            new Span<float>(chunk + part, ChunkElements - part).Clear();

            // What is not finite stays so whatever it is multiplied by and added to.
            var sum = Vector256<float>.Zero;
            for (var j = 0; j < ChunkElements; j += Vector256<float>.Count)
            {
                sum += Vector256.Load(chunk + j) * 0;
            }

            if (!Vector256.EqualsAll(sum, Vector256<float>.Zero))
            {
                return false;
            }
        }

        GC.KeepAlive(tensor);
        return true;
    }

    /// <summary>Widens (from float64: narrows; from blocks: dequantizes) <paramref name="count"/> elements to float32.</summary>
    public static void ToFloat32(byte* from, DType type, float* to, long count)
    {
        for (long done = 0; done < count; )
        {
            var part = (int)Math.Min(count - done, 1 << 30);
            var target = new Span<float>(to + done, part);
            var source = from + type.Bytes(done);
            switch (type)
            {
                case DType.Float32:
                    new ReadOnlySpan<float>(source, part).CopyTo(target);
                    break;
                case DType.BFloat16:
                    BFloat16ToFloat32(new ReadOnlySpan<ushort>(source, part), target);
                    break;
                case DType.Float16:
                    Float16ToFloat32(new ReadOnlySpan<ushort>(source, part), target);
                    break;
                case DType.Float64:
                    for (var i = 0; i < part; i++)
                    {
                        target[i] = (float)((double*)source)[i];
                    }

                    break;
                default:
                    BlockCodecs.Dequantize(source, type, to + done, part);
                    break;
            }

            done += part;
        }
    }

    /// <summary>Narrows (to float64: widens; to blocks: quantizes) <paramref name="count"/> elements of float32.</summary>
    public static void FromFloat32(float* from, byte* to, DType type, long count)
    {
        for (long done = 0; done < count; )
        {
            var part = (int)Math.Min(count - done, 1 << 30);
            var source = new ReadOnlySpan<float>(from + done, part);
            var target = to + type.Bytes(done);
            switch (type)
            {
                case DType.Float32:
                    source.CopyTo(new Span<float>(target, part));
                    break;
                case DType.BFloat16:
                    Float32ToBFloat16(source, new Span<ushort>(target, part));
                    break;
                case DType.Float16:
                    Float32ToFloat16(source, new Span<ushort>(target, part));
                    break;
                case DType.Float64:
                    for (var i = 0; i < part; i++)
                    {
                        ((double*)target)[i] = source[i];
                    }

                    break;
                default:
                    BlockCodecs.Quantize(from + done, target, type, part);
                    break;
            }

            done += part;
        }
    }

    public static void BFloat16ToFloat32(ReadOnlySpan<ushort> from, Span<float> to) =>
        Convert<BFloat16Format>(from, to);

    public static void Float16ToFloat32(ReadOnlySpan<ushort> from, Span<float> to) => Convert<Float16Format>(from, to);

    public static void Float32ToBFloat16(ReadOnlySpan<float> from, Span<ushort> to) =>
        Convert<BFloat16Format>(from, to);

    public static void Float32ToFloat16(ReadOnlySpan<float> from, Span<ushort> to) => Convert<Float16Format>(from, to);

    /// <summary>The value of a bfloat16.</summary>
    public static float BFloat16ToSingle(ushort bits) => BFloat16Format.Widen(bits);

    /// <summary>The nearest bfloat16, ties to even.</summary>
    public static ushort SingleToBFloat16(float value) => BFloat16Format.Narrow(value);

    /// <summary>All elements as float32, in an array of their own.</summary>
    internal static float[] ToArray(Tensor tensor)
    {
        var values = new float[tensor.Count];
        fixed (float* pointer = values)
        {
            ToFloat32(tensor.Data, tensor.DType, pointer, tensor.Count);
        }

        return values;
    }

    private static void CopyByChunks(Tensor from, Tensor to)
    {
        var chunk = stackalloc float[ChunkElements];
        for (long i = 0; i < from.Count; i += ChunkElements)
        {
            var part = Math.Min(from.Count - i, ChunkElements);
            ToFloat32(from.Data + from.DType.Bytes(i), from.DType, chunk, part);
            FromFloat32(chunk, to.Data + to.DType.Bytes(i), to.DType, part);
        }
    }

    private static void Convert<T>(ReadOnlySpan<ushort> from, Span<float> to)
        where T : IFormat
    {
        CheckLengths(from.Length, to.Length);
        ref var source = ref MemoryMarshal.GetReference(from);
        ref var target = ref MemoryMarshal.GetReference(to);
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i <= from.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
            {
                var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref source, (nuint)i));
                T.Widen(low).StoreUnsafe(ref target, (nuint)i);
                T.Widen(high).StoreUnsafe(ref target, (nuint)i + (nuint)Vector256<float>.Count);
            }
        }

        for (; i < from.Length; i++)
        {
            to[i] = T.Widen(from[i]);
        }
    }

    private static void Convert<T>(ReadOnlySpan<float> from, Span<ushort> to)
        where T : IFormat
    {
        CheckLengths(from.Length, to.Length);
        ref var source = ref MemoryMarshal.GetReference(from);
        ref var target = ref MemoryMarshal.GetReference(to);
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i <= from.Length - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
            {
                var low = T.Narrow(Vector256.LoadUnsafe(ref source, (nuint)i));
                var high = T.Narrow(Vector256.LoadUnsafe(ref source, (nuint)i + (nuint)Vector256<float>.Count));
                Vector256.Narrow(low, high).StoreUnsafe(ref target, (nuint)i);
            }
        }

        for (; i < from.Length; i++)
        {
            to[i] = T.Narrow(from[i]);
        }
    }

    private static void CheckLengths(int from, int to)
    {
        if (from != to)
        {
            throw new ArgumentException($"conversion: {from} elements into {to}");
        }
    }

    /// <summary>A 16-bit floating-point format: one element, and eight in the 32-bit lanes of a vector.</summary>
    private interface IFormat
    {
        static abstract float Widen(ushort bits);

        static abstract ushort Narrow(float value);

        static abstract Vector256<float> Widen(Vector256<uint> bits);

        static abstract Vector256<uint> Narrow(Vector256<float> value);
    }

    private readonly struct BFloat16Format : IFormat
    {
        public static float Widen(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

        public static ushort Narrow(float value)
        {
            var bits = BitConverter.SingleToUInt32Bits(value);
            return (ushort)(float.IsNaN(value) ? (bits >> 16) | 0x40 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }

        public static Vector256<float> Widen(Vector256<uint> bits) => (bits << 16).AsSingle();

        public static Vector256<uint> Narrow(Vector256<float> value)
        {
            var bits = value.AsUInt32();
            var high = bits >>> 16;
            var rounded = (bits + Vector256.Create(0x7FFFu) + (high & Vector256.Create(1u))) >>> 16;
            return Vector256.ConditionalSelect(
                Vector256.Equals(value, value).AsUInt32(),
                rounded,
                high | Vector256.Create(0x40u)
            );
        }
    }

    private readonly struct Float16Format : IFormat
    {
        private const uint Infinity = 0x7F80_0000;

        // 2^112: moves the exponent from the bias of float16 to that of float32, subnormal numbers included.
        private const float Rebias = 5.192296858534828e33f;

        // 65520: halfway from the largest float16 to the next power of two, and so the first to overflow.
        private const float Overflow = 65520f;
        private const float SmallestNormal = 6.103515625e-05f;

        public static float Widen(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);

        public static ushort Narrow(float value) => BitConverter.HalfToUInt16Bits((Half)value);

        public static Vector256<float> Widen(Vector256<uint> bits)
        {
            var sign = (bits & Vector256.Create(0x8000u)) << 16;
            var magnitude = (bits & Vector256.Create(0x7FFFu)) << 13;
            var finite = (magnitude.AsSingle() * Rebias).AsUInt32();
            var special = magnitude | Vector256.Create(Infinity);
            var isSpecial = Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(0x7C00u << 13));
            return (sign | Vector256.ConditionalSelect(isSpecial, special, finite)).AsSingle();
        }

        public static Vector256<uint> Narrow(Vector256<float> value)
        {
            var bits = value.AsUInt32();
            var sign = (bits & Vector256.Create(0x8000_0000u)) >>> 16;
            var magnitude = bits & Vector256.Create(0x7FFF_FFFFu);
            var odd = (magnitude >>> 13) & Vector256.Create(1u);
            var normal = (magnitude - Vector256.Create((112u << 23) - 0xFFF) + odd) >>> 13;

            // Adding 0.5 leaves the rounded multiple of 2^-24 in the low bits of the sum.
            var subnormal = (magnitude.AsSingle() + Vector256.Create(0.5f)).AsUInt32() - Vector256.Create(0x3F00_0000u);
            var absolute = magnitude.AsSingle();
            var result = Vector256.ConditionalSelect(
                Vector256.LessThan(absolute, Vector256.Create(SmallestNormal)).AsUInt32(),
                subnormal,
                normal
            );
            var notANumber = ((magnitude >>> 13) & Vector256.Create(0x3FFu)) | Vector256.Create(0x7E00u);
            result = Vector256.ConditionalSelect(
                Vector256.GreaterThanOrEqual(absolute, Vector256.Create(Overflow)).AsUInt32(),
                Vector256.Create(0x7C00u),
                result
            );
            result = Vector256.ConditionalSelect(Vector256.Equals(value, value).AsUInt32(), result, notANumber);
            return result | sign;
        }
    }
}
