using System.Buffers.Binary;
using System.Text;
using Luthier.Tensors.Memory;

namespace Luthier.Formats.PyTorch;

/// <summary>An uncompressed file inside an archive.</summary>
/// <param name="Name">Its full name in the archive.</param>
/// <param name="Offset">Of its first byte in the archive file.</param>
/// <param name="Bytes">Its length.</param>
internal sealed record ZipEntry(string Name, long Offset, long Bytes);

/// <summary>
/// Finds the entries of a zip archive, with ZIP64, without copying them: PyTorch stores tensors uncompressed, so that
/// they are views of the mapped archive. Entries that are compressed, encrypted, overlapping, outside the file, or of
/// one name are refused.
/// </summary>
internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x06054b50;
    private const uint Zip64EndSignature = 0x06064b50;
    private const uint Zip64LocatorSignature = 0x07064b50;
    private const uint EntrySignature = 0x02014b50;
    private const uint LocalSignature = 0x04034b50;
    private const int EndBytes = 22;
    private const int Zip64EndBytes = 56;
    private const int Zip64LocatorBytes = 20;
    private const int EntryBytes = 46;
    private const int LocalBytes = 30;
    private const int Zip64ExtraId = 1;
    private const int EncryptedFlag = 1;

    /// <summary>A directory of 65 thousand entries takes 6 MB; more than this is no archive of tensors.</summary>
    private const int MaxDirectoryBytes = 1 << 28;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly MappedFile file;
    private readonly List<(long Start, ZipEntry Entry)> located = [];
    private readonly OrderedDictionary<string, ZipEntry> entries = new(StringComparer.Ordinal);

    private ZipDirectory(MappedFile file) => this.file = file;

    /// <exception cref="InvalidFileException">The file is not a sound archive of uncompressed entries.</exception>
    public static OrderedDictionary<string, ZipEntry> Read(MappedFile file)
    {
        var directory = new ZipDirectory(file);
        var (start, end, count) = directory.FindDirectory();
        directory.ReadEntries(start, end, count);
        directory.RefuseOverlaps(start);
        return directory.entries;
    }

    private (long Start, long End, long Count) FindDirectory()
    {
        var end = FindEnd();
        var record = file.Span(end, EndBytes);
        long count = U16(record, 10);
        long bytes = U32(record, 12);
        long start = U32(record, 16);
        var directoryEnd = end;
        if ((U16(record, 4) | U16(record, 6)) is not (0 or ushort.MaxValue))
        {
            throw Invalid("is one part of a zip archive in several parts");
        }

        var locator = end - Zip64LocatorBytes;
        if (locator >= 0 && U32(file.Span(locator, Zip64LocatorBytes), 0) == Zip64LocatorSignature)
        {
            directoryEnd = I64(file.Span(locator, Zip64LocatorBytes), 8);
            if (directoryEnd < 0 || directoryEnd > locator - Zip64EndBytes)
            {
                throw Invalid($"zip: the ZIP64 record at {directoryEnd} is outside the file");
            }

            record = file.Span(directoryEnd, Zip64EndBytes);
            if (U32(record, 0) != Zip64EndSignature)
            {
                throw Invalid($"zip: there is no ZIP64 record at {directoryEnd}");
            }

            count = I64(record, 32);
            bytes = I64(record, 40);
            start = I64(record, 48);
        }

        if (start < 0 || bytes < 0 || bytes > MaxDirectoryBytes || start != directoryEnd - bytes)
        {
            throw Invalid(
                $"zip: a directory of {bytes} bytes at {start} does not end at {directoryEnd}, where it should"
            );
        }

        if (count < 0 || count > bytes / EntryBytes)
        {
            throw Invalid($"zip: {count} entries do not fit into a directory of {bytes} bytes");
        }

        return (start, directoryEnd, count);
    }

    /// <summary>The end record is followed by nothing but its own comment.</summary>
    private long FindEnd()
    {
        for (var at = file.Length - EndBytes; at >= 0 && at >= file.Length - EndBytes - ushort.MaxValue; at--)
        {
            var record = file.Span(at, EndBytes);
            if (U32(record, 0) == EndSignature && at + EndBytes + U16(record, 20) == file.Length)
            {
                return at;
            }
        }

        throw Invalid("is not a complete zip archive: it has no end record");
    }

    private void ReadEntries(long at, long end, long count)
    {
        var start = at;
        for (var i = 0L; i < count; i++)
        {
            if (end - at < EntryBytes || U32(file.Span(at, EntryBytes), 0) != EntrySignature)
            {
                throw Invalid($"zip: entry {i + 1} of {count} is not there");
            }

            var record = file.Span(at, EntryBytes);
            int nameBytes = U16(record, 28);
            int extraBytes = U16(record, 30);
            var next = at + EntryBytes + nameBytes + extraBytes + U16(record, 32);
            if (next > end)
            {
                throw Invalid($"zip: entry {i + 1} of {count} is longer than the directory");
            }

            var name = ReadName(file.Span(at + EntryBytes, nameBytes), i);
            var extra = file.Span(at + EntryBytes + nameBytes, extraBytes);
            var (header, entry) = Locate(name, record, extra, directoryStart: start);
            located.Add((header, entry));
            if (!entries.TryAdd(name, entry))
            {
                throw Invalid($"zip: there are two entries '{name}'");
            }

            at = next;
        }

        if (at != end)
        {
            throw Invalid($"zip: the directory has {end - at} bytes more than its {count} entries");
        }
    }

    private string ReadName(ReadOnlySpan<byte> utf8, long index)
    {
        string name;
        try
        {
            name = StrictUtf8.GetString(utf8);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidFileException(file.Path, $"zip: the name of entry {index + 1} is not UTF-8", exception);
        }

        var isUnsafe =
            name.Length == 0
            || name[0] == '/'
            || name.AsSpan().IndexOfAny("\\:\0\r\n") >= 0
            || name.Split('/').AsSpan().IndexOfAny(".", "..") >= 0;
        return isUnsafe ? throw Invalid($"zip: the name of entry {index + 1} is not a plain relative path") : name;
    }

    private (long Header, ZipEntry Entry) Locate(
        string name,
        ReadOnlySpan<byte> record,
        ReadOnlySpan<byte> extra,
        long directoryStart
    )
    {
        var method = U16(record, 10);
        if (method != 0 || (U16(record, 8) & EncryptedFlag) != 0)
        {
            var fault = method != 0 ? $"is compressed (method {method})" : "is encrypted";
            throw Invalid($"zip entry '{name}' {fault}, but PyTorch's are plain");
        }

        long packed = U32(record, 20);
        long bytes = U32(record, 24);
        long header = U32(record, 42);
        ApplyZip64(extra, name, ref bytes, ref packed, ref header);
        if (bytes != packed || bytes < 0 || header < 0 || header > directoryStart - LocalBytes)
        {
            throw Invalid($"zip entry '{name}': {bytes} bytes at {header} are not within the file");
        }

        var local = file.Span(header, LocalBytes);
        int nameBytes = U16(local, 26);
        var start = header + LocalBytes + nameBytes + U16(local, 28);
        if (U32(local, 0) != LocalSignature || start > directoryStart || bytes > directoryStart - start)
        {
            throw Invalid($"zip entry '{name}': {bytes} bytes at {header} are not within the file");
        }

        if (!file.Span(header + LocalBytes, nameBytes).SequenceEqual(Encoding.UTF8.GetBytes(name)))
        {
            throw Invalid($"zip entry '{name}' has another name where its data is");
        }

        return (header, new ZipEntry(name, start, bytes));
    }

    /// <summary>Fields that do not fit into 32 bits are all ones and follow, in this order, in an extra field.</summary>
    private void ApplyZip64(ReadOnlySpan<byte> extra, string name, ref long bytes, ref long packed, ref long header)
    {
        while (extra.Length >= 4)
        {
            int size = U16(extra, 2);
            if (size > extra.Length - 4)
            {
                break;
            }

            if (U16(extra, 0) == Zip64ExtraId)
            {
                var values = extra.Slice(4, size);
                Take(ref values, ref bytes);
                Take(ref values, ref packed);
                Take(ref values, ref header);
                return;
            }

            extra = extra[(4 + size)..];
        }

        void Take(ref ReadOnlySpan<byte> values, ref long field)
        {
            if (field != uint.MaxValue)
            {
                return;
            }

            if (values.Length < sizeof(long))
            {
                throw Invalid($"zip entry '{name}': its ZIP64 field is too short");
            }

            field = I64(values, 0);
            values = values[sizeof(long)..];
        }
    }

    private void RefuseOverlaps(long directoryStart)
    {
        located.Sort((a, b) => a.Start.CompareTo(b.Start));
        for (var i = 0; i < located.Count; i++)
        {
            var entry = located[i].Entry;
            if (entry.Offset + entry.Bytes > (i + 1 < located.Count ? located[i + 1].Start : directoryStart))
            {
                throw Invalid($"zip entry '{entry.Name}' overlaps the entry after it");
            }
        }
    }

    private InvalidFileException Invalid(string problem) => new(file.Path, problem);

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
