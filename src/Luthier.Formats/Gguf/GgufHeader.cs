using System.Buffers.Binary;
using System.Text;
using Luthier.Tensors;
using Luthier.Tensors.Memory;

namespace Luthier.Formats.Gguf;

/// <summary>
/// Reads and checks everything before a GGUF file's data: magic, version, counts; keys with typed values; names,
/// shapes, types and places of tensors. Each length is held against what is left of the file before it is believed.
/// </summary>
internal sealed class GgufHeader
{
    public const string AlignmentKey = "general.alignment";
    public const int DefaultAlignment = 32;

    private const int MaxAlignment = 1 << 20;
    private const int MaxNameBytes = 1 << 16;
    private const int MaxDepth = 8;
    private const uint BigEndianMark = 0x0100_0000;

    // A key's length, its value's type and one byte; a name's length, a rank, a type and an offset.
    private const int LeastValueBytes = 13;
    private const int LeastTensorBytes = 24;

    private static readonly UTF8Encoding StrictUtf8 = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    private readonly MappedFile file;
    private long position;

    private GgufHeader(MappedFile file) => this.file = file;

    /// <summary>By key, in the file's order.</summary>
    public OrderedDictionary<string, GgufValue> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>By name, in the file's order, with the place of the data in the file.</summary>
    public OrderedDictionary<string, (TensorInfo Info, long Start)> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>1. The head. 2. Metadata. 3. Tensors. 4. Where their data lies.</summary>
    /// <exception cref="InvalidFileException">The file is not a sound GGUF file.</exception>
    public static GgufHeader Read(MappedFile file)
    {
        var header = new GgufHeader(file);

        // 1.
        var (tensors, values) = header.ReadHead();

        // 2.
        for (var i = 0L; i < values; i++)
        {
            header.ReadMember();
        }

        // 3.
        for (var i = 0L; i < tensors; i++)
        {
            header.ReadTensor(i);
        }

        // 4.
        header.PlaceTensors();
        return header;
    }

    private (long Tensors, long Values) ReadHead()
    {
        if (file.Length < 4 || !file.Span(0, 4).SequenceEqual("GGUF"u8))
        {
            throw new InvalidFileException(file.Path, "is no GGUF file: it does not start with 'GGUF'");
        }

        position = 4;
        var version = ReadUInt32("version");
        if (version is not (2 or 3))
        {
            throw Invalid(
                version % BigEndianMark == 0
                    ? "is big-endian; expected a little-endian file"
                    : $"has version {version}; expected 2 or 3"
            );
        }

        var tensors = ReadUInt64("number of tensors");
        var values = ReadUInt64("number of metadata values");
        CheckCount(values, LeastValueBytes, "metadata values");
        CheckCount(tensors, LeastTensorBytes, "tensors");
        return ((long)tensors, (long)values);
    }

    private void ReadMember()
    {
        var key = ReadName("metadata key");
        var type = ReadType(key);
        GgufType? itemType = null;
        var count = 1UL;
        if (type == GgufType.Array)
        {
            itemType = ReadType(key);
            count = ReadUInt64(key);
        }

        var start = position;
        SkipItems(itemType ?? type, count, key, depth: 1);
        var length = position - start;
        if (count > int.MaxValue || length > int.MaxValue)
        {
            throw Invalid($"metadata {key}: has {length} bytes, more than a value may have");
        }

        var value = new GgufValue(file, key, type, itemType, (int)count, start, (int)length);
        if (!Metadata.TryAdd(key, value))
        {
            throw Invalid($"has metadata {key} twice");
        }
    }

    private void SkipItems(GgufType type, ulong count, string key, int depth)
    {
        var size = type switch
        {
            GgufType.Text => sizeof(ulong),
            GgufType.Array => sizeof(uint) + sizeof(ulong),
            _ => type.Size(),
        };
        if (count > (ulong)(file.Length - position) / (ulong)size)
        {
            throw Invalid($"metadata {key}: {count} items do not fit into the file");
        }

        if (type.Size() > 0)
        {
            position += (long)count * size;
            return;
        }

        if (depth > MaxDepth)
        {
            throw Invalid($"metadata {key}: lists are nested deeper than {MaxDepth}");
        }

        for (var i = 0UL; i < count; i++)
        {
            if (type == GgufType.Text)
            {
                Take((long)Math.Min(ReadUInt64(key), long.MaxValue), key);
            }
            else
            {
                SkipItems(ReadType(key), ReadUInt64(key), key, depth + 1);
            }
        }
    }

    private void ReadTensor(long index)
    {
        var name = ReadName($"name of tensor {index}");
        var rank = ReadUInt32(name);
        if (rank > GgmlType.MaxRank)
        {
            throw Invalid($"tensor '{name}': has {rank} dimensions; expected at most {GgmlType.MaxRank}");
        }

        // The file lists the fastest dimension first.
        var shape = new int[rank];
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            var dimension = ReadUInt64(name);
            shape[i] =
                dimension <= int.MaxValue
                    ? (int)dimension
                    : throw Invalid($"tensor '{name}': a dimension is {dimension}, which is too large");
        }

        var number = ReadUInt32(name);
        if (!GgmlType.TryParse(number, out var dtype))
        {
            throw Invalid($"tensor '{name}': has type {GgmlType.Describe(number)}; expected one of {GgmlType.Names}");
        }

        var offset = ReadUInt64(name);
        var info = Describe(name, dtype, shape);
        if (offset > (ulong)file.Length || !Tensors.TryAdd(name, (info, (long)offset)))
        {
            throw Invalid(
                offset > (ulong)file.Length
                    ? $"tensor '{name}': its offset {offset} is outside the file"
                    : $"names tensor '{name}' twice"
            );
        }
    }

    private TensorInfo Describe(string name, DType dtype, int[] shape)
    {
        var columns = shape.Length == 0 ? 1 : shape[^1];
        if (columns % dtype.BlockElements() != 0)
        {
            throw Invalid(
                $"tensor '{name}': rows of {columns} elements are not whole blocks of {dtype.BlockElements()}, as {dtype} has them"
            );
        }

        var (bytes, rows) = ((UInt128)dtype.BlockBytes(), (UInt128)1);
        for (var i = 0; i < shape.Length; i++)
        {
            bytes *= (UInt128)shape[i];
            rows *= i < shape.Length - 1 ? (UInt128)shape[i] : 1;
            if (bytes > long.MaxValue || rows > int.MaxValue)
            {
                throw Invalid($"tensor '{name}': shape {Tensor.Format(shape)} is too large");
            }
        }

        return new TensorInfo(name, dtype, shape);
    }

    // Offsets count from the first multiple of the alignment after the header.
    private void PlaceTensors()
    {
        var alignment = DefaultAlignment;
        if (Metadata.TryGetValue(AlignmentKey, out var given))
        {
            alignment = given.AsInt32(1, MaxAlignment);
            if ((alignment & (alignment - 1)) != 0)
            {
                throw given.Expected("a power of two");
            }
        }

        var dataStart = (position + alignment - 1) / alignment * alignment;
        var end = 0L;
        foreach (var (name, (info, offset)) in Tensors.OrderBy(entry => entry.Value.Start).ToArray())
        {
            if (offset % alignment != 0)
            {
                throw Invalid($"tensor '{name}': its offset {offset} is no multiple of the alignment {alignment}");
            }

            if (offset < end)
            {
                throw Invalid($"tensor '{name}': its data overlaps that of another tensor");
            }

            if (info.Bytes > file.Length - dataStart - offset)
            {
                throw Invalid(
                    $"tensor '{name}': its {info.Bytes} bytes at {dataStart + offset} go beyond the end of the file ({file.Length} bytes)"
                );
            }

            end = offset + info.Bytes;
            Tensors[name] = (info, dataStart + offset);
        }
    }

    private string ReadName(string what)
    {
        var length = ReadUInt64(what);
        if (length > MaxNameBytes)
        {
            throw Invalid(
                $"byte {position - sizeof(ulong)}: a {what} has {length} bytes; expected at most {MaxNameBytes}"
            );
        }

        var start = position;
        try
        {
            return StrictUtf8.GetString(Take((long)length, what));
        }
        catch (DecoderFallbackException)
        {
            throw Invalid($"byte {start}: a {what} is not valid UTF-8");
        }
    }

    private GgufType ReadType(string key)
    {
        var number = ReadUInt32(key);
        return Enum.IsDefined((GgufType)number)
            ? (GgufType)number
            : throw Invalid($"metadata {key}: has type {number}; expected 0 to 12");
    }

    private void CheckCount(ulong count, int leastBytes, string what)
    {
        if (count > (ulong)(file.Length - position) / (ulong)leastBytes)
        {
            throw Invalid($"announces {count} {what}, more than {file.Length} bytes can hold");
        }
    }

    private uint ReadUInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint), what));

    private ulong ReadUInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong), what));

    /// <summary>The next bytes; of what may be longer than a span, none.</summary>
    private ReadOnlySpan<byte> Take(long length, string what)
    {
        if (length > file.Length - position)
        {
            throw Invalid($"byte {position}: the file ends within '{what}'");
        }

        var taken = length <= int.MaxValue ? file.Span(position, (int)length) : default;
        position += length;
        return taken;
    }

    private InvalidFileException Invalid(string problem) => new(file.Path, problem);
}
