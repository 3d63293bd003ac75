using System.Buffers.Binary;
using System.Text;

namespace Luthier.Formats.PyTorch;

/// <summary>
/// Writes an archive of uncompressed entries whose data starts at multiples of 64 bytes, as PyTorch's own writer lays
/// them out: the gap is an extra field named FB. The stream must be able to seek: an entry's checksum is known only
/// after its data.
/// </summary>
/// <param name="stream">Empty, at its start.</param>
/// <param name="zip64Threshold">Sizes and offsets from here on are stored in 64 bits; smaller only in tests.</param>
internal sealed class ZipWriter(Stream stream, uint zip64Threshold = uint.MaxValue)
{
    private const int Alignment = 64;
    private const int LocalBytes = 30;
    private const int ChecksumOffset = 14;
    private const int ExtraHeaderBytes = 4;
    private const int Zip64ExtraBytes = 20;
    private const ushort Version = 45;
    private const ushort Utf8Flag = 1 << 11;

    private readonly List<Entry> entries = [];

    public void Add(string name, ReadOnlySpan<byte> content)
    {
        var entry = Begin(name, content.Length);
        stream.Write(content);
        var checksum = new Crc32();
        checksum.Append(content);
        End(entry, checksum.Value);
    }

    public void Add(string name, TensorSource source)
    {
        var entry = Begin(name, source.Info.Bytes);
        using var counted = new ChecksumStream(stream);
        source.CopyTo(counted);
        End(entry, counted.Checksum);
    }

    /// <summary>Writes the directory.</summary>
    public void Finish()
    {
        var start = stream.Position;
        foreach (var entry in entries)
        {
            WriteDirectoryEntry(entry);
        }

        WriteEnd(start, stream.Position);
    }

    private Entry Begin(string name, long bytes)
    {
        var entry = new Entry(Encoding.UTF8.GetBytes(name), stream.Position, bytes);
        entries.Add(entry);
        var zip64 = bytes >= zip64Threshold;
        var beforePadding = stream.Position + LocalBytes + entry.Name.Length + (zip64 ? Zip64ExtraBytes : 0);
        var padding = (int)(-(beforePadding + ExtraHeaderBytes) & (Alignment - 1));
        var record = new Record(stream);
        record.U32(0x04034b50).U16(Version).U16(Utf8Flag).U16(0).U16(0).U16(0).U32(0);
        record.U32(Small(bytes)).U32(Small(bytes)).U16((ushort)entry.Name.Length);
        record.U16((ushort)((zip64 ? Zip64ExtraBytes : 0) + ExtraHeaderBytes + padding)).Bytes(entry.Name);
        if (zip64)
        {
            record.U16(1).U16(2 * sizeof(long)).I64(bytes).I64(bytes);
        }

        record.Bytes("FB"u8).U16((ushort)padding).Fill((byte)'Z', padding);
        return entry;
    }

    private void End(Entry entry, uint checksum)
    {
        entry.Checksum = checksum;
        var end = stream.Position;
        stream.Position = entry.Start + ChecksumOffset;
        new Record(stream).U32(checksum);
        stream.Position = end;
    }

    private void WriteDirectoryEntry(Entry entry)
    {
        var large = entry.Bytes >= zip64Threshold;
        var far = entry.Start >= zip64Threshold;
        var extra = (large ? 2 * sizeof(long) : 0) + (far ? sizeof(long) : 0);
        var record = new Record(stream);
        record.U32(0x02014b50).U16(Version).U16(Version).U16(Utf8Flag).U16(0).U16(0).U16(0).U32(entry.Checksum);
        record.U32(Small(entry.Bytes)).U32(Small(entry.Bytes)).U16((ushort)entry.Name.Length);
        record.U16((ushort)(extra == 0 ? 0 : extra + ExtraHeaderBytes)).U16(0).U16(0).U16(0).U32(0);
        record.U32(Small(entry.Start)).Bytes(entry.Name);
        if (extra > 0)
        {
            record.U16(1).U16((ushort)extra);
        }

        if (large)
        {
            record.I64(entry.Bytes).I64(entry.Bytes);
        }

        if (far)
        {
            record.I64(entry.Start);
        }
    }

    /// <summary>PyTorch always writes the 64-bit records, whether they are needed or not.</summary>
    private void WriteEnd(long start, long end)
    {
        var count = (ushort)Math.Min(entries.Count, ushort.MaxValue);
        var record = new Record(stream);
        record.U32(0x06064b50).I64(44).U16(Version).U16(Version).U32(0).U32(0);
        record.I64(entries.Count).I64(entries.Count).I64(end - start).I64(start);
        record.U32(0x07064b50).U32(0).I64(end).U32(1);
        record.U32(0x06054b50).U16(0).U16(0).U16(count).U16(count).U32(Small(end - start)).U32(Small(start)).U16(0);
    }

    private uint Small(long value) => value >= zip64Threshold ? uint.MaxValue : (uint)value;

    private sealed record Entry(byte[] Name, long Start, long Bytes)
    {
        public uint Checksum { get; set; }
    }

    private readonly struct Record(Stream stream)
    {
        public Record U16(ushort value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(ushort)];
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
            return Bytes(bytes);
        }

        public Record U32(uint value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
            return Bytes(bytes);
        }

        public Record I64(long value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            return Bytes(bytes);
        }

        public Record Bytes(ReadOnlySpan<byte> bytes)
        {
            stream.Write(bytes);
            return this;
        }

        public Record Fill(byte value, int count)
        {
            Span<byte> bytes = stackalloc byte[Alignment];
            bytes.Fill(value);
            return Bytes(bytes[..count]);
        }
    }

    /// <summary>Passes on what is written, and computes its checksum.</summary>
    private sealed class ChecksumStream(Stream inner) : Stream
    {
        private Crc32 checksum;

        public uint Checksum => checksum.Value;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            checksum.Append(buffer);
            inner.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
