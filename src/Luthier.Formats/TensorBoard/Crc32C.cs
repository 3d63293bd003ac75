using System.Buffers.Binary;
using System.Numerics;

namespace Luthier.Formats.TensorBoard;

/// <summary>The masked Castagnoli checksum of TensorFlow's record files.</summary>
internal static class Crc32C
{
    private const uint MaskDelta = 0xa282ead8;

    public static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = Compute(bytes);
        return BitOperations.RotateRight(crc, 15) + MaskDelta;
    }

    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var item in bytes)
        {
            crc = BitOperations.Crc32C(crc, item);
        }

        return ~crc;
    }
}
