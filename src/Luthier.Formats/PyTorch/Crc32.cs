using System.Buffers.Binary;

namespace Luthier.Formats.PyTorch;

/// <summary>The checksum of zip archives (reflected polynomial 0xEDB88320), eight bytes at a time.</summary>
internal struct Crc32
{
    private const int Slices = 8;
    private static readonly uint[][] Tables = MakeTables();

    private uint state;

    public readonly uint Value => state;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var crc = state ^ uint.MaxValue;
        var (t0, t1, t2, t3) = (Tables[0], Tables[1], Tables[2], Tables[3]);
        var (t4, t5, t6, t7) = (Tables[4], Tables[5], Tables[6], Tables[7]);
        while (bytes.Length >= Slices)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc =
                t7[(byte)low]
                ^ t6[(byte)(low >> 8)]
                ^ t5[(byte)(low >> 16)]
                ^ t4[(byte)(low >> 24)]
                ^ t3[(byte)high]
                ^ t2[(byte)(high >> 8)]
                ^ t1[(byte)(high >> 16)]
                ^ t0[(byte)(high >> 24)];
            bytes = bytes[Slices..];
        }

        foreach (var item in bytes)
        {
            crc = t0[(byte)(crc ^ item)] ^ (crc >> 8);
        }

        state = crc ^ uint.MaxValue;
    }

    private static uint[][] MakeTables()
    {
        var tables = new uint[Slices][];
        for (var slice = 0; slice < Slices; slice++)
        {
            tables[slice] = new uint[256];
            for (var i = 0u; i < 256; i++)
            {
                var crc = slice == 0 ? i : tables[slice - 1][i];
                for (var bit = 0; bit < 8; bit++)
                {
                    crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
                }

                tables[slice][i] = crc;
            }
        }

        return tables;
    }
}
