using System.Buffers;
using System.Buffers.Binary;
using Luthier.Formats.Files;

namespace Luthier.Formats.Gguf;

/// <summary>Writes GGUF files, version 3, little-endian.</summary>
public static class GgufWriter
{
    private const uint Version = 3;
    private const int Alignment = GgufHeader.DefaultAlignment;

    /// <summary>Writes a file beside <paramref name="path"/> and renames it into place.</summary>
    /// <inheritdoc cref="Write(Stream, IReadOnlyCollection{GgufValue}, IReadOnlyCollection{TensorSource})"/>
    public static void Write(
        string path,
        IReadOnlyCollection<GgufValue> metadata,
        IReadOnlyCollection<TensorSource> tensors
    ) => AtomicFile.Write(path, stream => Write(stream, metadata, tensors));

    /// <summary>Writes header and data in the order given. A tensor's data is asked for when its turn has come.</summary>
    /// <exception cref="ArgumentException">
    /// Two values have one key, two tensors one name, or a tensor has more dimensions than the format allows.
    /// </exception>
    public static void Write(
        Stream stream,
        IReadOnlyCollection<GgufValue> metadata,
        IReadOnlyCollection<TensorSource> tensors
    )
    {
        // The data is aligned by the default, which needs no saying.
        GgufValue[] values =
        [
            .. metadata.Where(value => !string.Equals(value.Key, GgufHeader.AlignmentKey, StringComparison.Ordinal)),
        ];
        CheckNames(values.Select(value => value.Key), "metadata values have the key");
        CheckNames(tensors.Select(source => source.Info.Name), "tensors are named");
        var header = new ArrayBufferWriter<byte>();
        header.Write("GGUF"u8);
        Put(header, Version);
        Put(header, (ulong)tensors.Count);
        Put(header, (ulong)values.Length);
        foreach (var value in values)
        {
            PutValue(header, value);
        }

        var offset = 0L;
        foreach (var (info, _) in tensors)
        {
            PutTensor(header, info, offset);
            offset = Aligned(checked(offset + info.Bytes));
        }

        stream.Write(header.WrittenSpan);
        Pad(stream, header.WrittenCount);
        foreach (var source in tensors)
        {
            source.CopyTo(stream);
            Pad(stream, source.Info.Bytes);
        }
    }

    private static void PutValue(ArrayBufferWriter<byte> header, GgufValue value)
    {
        GgufValue.WriteText(header, value.Key);
        Put(header, (uint)value.Type);
        if (value.ItemType is { } itemType)
        {
            Put(header, (uint)itemType);
            Put(header, (ulong)value.Count);
        }

        header.Write(value.Raw);
    }

    private static void PutTensor(ArrayBufferWriter<byte> header, TensorInfo info, long offset)
    {
        if (info.Shape.Length > GgmlType.MaxRank)
        {
            throw new ArgumentException($"{info} has more than {GgmlType.MaxRank} dimensions");
        }

        GgufValue.WriteText(header, info.Name);
        Put(header, (uint)info.Shape.Length);
        foreach (var dimension in info.Shape.Reverse())
        {
            Put(header, (ulong)dimension);
        }

        Put(header, GgmlType.Number(info.DType));
        Put(header, (ulong)offset);
    }

    private static void CheckNames(IEnumerable<string> names, string what)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (!seen.Add(name))
            {
                throw new ArgumentException($"two {what} '{name}'");
            }
        }
    }

    private static long Aligned(long offset) => (offset + Alignment - 1) / Alignment * Alignment;

    private static void Pad(Stream stream, long written)
    {
        Span<byte> zeros = stackalloc byte[Alignment];
        zeros.Clear();
        stream.Write(zeros[..(int)(Aligned(written) - written)]);
    }

    private static void Put(ArrayBufferWriter<byte> target, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target.GetSpan(sizeof(uint)), value);
        target.Advance(sizeof(uint));
    }

    private static void Put(ArrayBufferWriter<byte> target, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target.GetSpan(sizeof(ulong)), value);
        target.Advance(sizeof(ulong));
    }
}
