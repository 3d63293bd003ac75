using System.Buffers.Binary;
using Luthier.Tensors;
using Luthier.Tensors.Memory;

namespace Luthier.Formats.Safetensors;

/// <summary>
/// A safetensors file, mapped into memory: an 8-byte little-endian header length, a JSON header, the data. Everything
/// is checked when it is opened. Data of old files may be unaligned.
/// </summary>
public sealed unsafe class SafetensorsFile : ITensorFile
{
    /// <summary>The format's own limit.</summary>
    internal const int MaxHeaderBytes = 100_000_000;

    private readonly MappedFile file;
    private readonly SafetensorsHeader header;
    private readonly OrderedDictionary<string, TensorInfo> tensors;
    private readonly long dataOffset;

    private SafetensorsFile(MappedFile file)
    {
        this.file = file;
        if (file.Length < sizeof(ulong))
        {
            throw new InvalidFileException(file.Path, $"is {file.Length} bytes long, too short for a safetensors file");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(file.Span(0, sizeof(ulong)));
        var rest = file.Length - sizeof(ulong);
        if (length > MaxHeaderBytes || length > (ulong)rest)
        {
            throw new InvalidFileException(
                file.Path,
                $"safetensors header: its length {length} is more than the {Math.Min(rest, MaxHeaderBytes)} bytes it may have"
            );
        }

        dataOffset = sizeof(ulong) + (long)length;
        header = SafetensorsHeader.Parse(file.Path, file.Span(sizeof(ulong), (int)length), file.Length - dataOffset);
        tensors = new(
            header.Entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Info)),
            StringComparer.Ordinal
        );
    }

    public string Path => file.Path;

    /// <summary>The header's <c>__metadata__</c>, often <c>format: pt</c>; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => header.Metadata;

    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <exception cref="IOException">The file can't be opened.</exception>
    /// <exception cref="InvalidFileException">The file is not a sound safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        var mapped = new MappedFile(path);
        try
        {
            return new SafetensorsFile(mapped);
        }
        catch
        {
            mapped.Dispose();
            throw;
        }
    }

    /// <summary>A view of the mapped file: read-only, valid until the file is disposed.</summary>
    public Tensor Get(string name)
    {
        if (!header.Entries.TryGetValue(name, out var entry))
        {
            throw new InvalidFileException(Path, $"has no tensor '{name}'");
        }

        ObjectDisposedException.ThrowIf(file.Pointer is null, this);
        var data = file.Pointer + dataOffset + entry.Start;
        return new Tensor(data, entry.Info.DType, entry.Info.Shape, this) { Name = name };
    }

    public void Dispose() => file.Dispose();
}
