using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Luthier.Tensors.Quantization;

/// <summary>
/// The quants of the 32-element types of 4 and 5 bits: byte i holds the low four bits of element i in its low half and
/// of element i + 16 in its high half; fifth bits lie in one word, bit i for element i.
/// </summary>
internal static unsafe class Nibbles
{
    public const int Elements = 32;
    private const int Half = Elements / 2;

    /// <summary>The low four bits: elements 0 .. 15 and 16 .. 31.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<byte> First, Vector128<byte> Second) Read(byte* quants)
    {
        var bytes = Vector128.Load(quants);
        return (bytes & Vector128.Create((byte)0xF), bytes >>> 4);
    }

    /// <summary>The same with the fifth bit of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<byte> First, Vector128<byte> Second) Read(byte* quants, uint fifthBits)
    {
        var (first, second) = Read(quants);
        return (first | Sixteens((ushort)fifthBits), second | Sixteens((ushort)(fifthBits >> Half)));
    }

    /// <summary>Quants less a center, in the order of elements.</summary>
    public static void Store((Vector128<byte> First, Vector128<byte> Second) read, sbyte center, sbyte* quants)
    {
        (read.First.AsSByte() - Vector128.Create(center)).Store(quants);
        (read.Second.AsSByte() - Vector128.Create(center)).Store(quants + Half);
    }

    /// <summary>
    /// Quantizes (value − minimum) · inverse to 0 .. largest, half a step added before the fraction is cut off.
    /// </summary>
    /// <returns>The fifth bits.</returns>
    public static uint Write(float* values, float minimum, float inverse, int largest, float shift, byte* quants)
    {
        var fifthBits = 0u;
        for (var i = 0; i < Half; i++)
        {
            var first = Quant(values[i]);
            var second = Quant(values[i + Half]);
            quants[i] = (byte)((first & 0xF) | ((second & 0xF) << 4));
            fifthBits |= ((first >> 4) << i) | ((second >> 4) << (i + Half));
        }

        return fifthBits;

        uint Quant(float value) => (uint)Math.Clamp((int)(((value - minimum) * inverse) + shift), 0, largest);
    }

    // 16 in each byte whose bit is set.
    private static Vector128<byte> Sixteens(ushort bits)
    {
        var places = Vector128.Create(0x8040_2010_0804_0201).AsByte();
        var spread = Vector128.Create(
            0x0101_0101_0101_0101ul * (byte)bits,
            0x0101_0101_0101_0101ul * (byte)(bits >> 8)
        );
        return Vector128.Equals(spread.AsByte() & places, places) & Vector128.Create((byte)16);
    }
}
