using Luthier.Tensors;
using Luthier.Tensors.Memory;

namespace Luthier.Formats.Gguf;

/// <summary>
/// A GGUF file (version 2 or 3, little-endian), mapped into memory: metadata and tensors, the block types included.
/// Everything is checked when it is opened.
/// </summary>
public sealed unsafe class GgufFile : ITensorFile
{
    public const string Extension = ".gguf";

    private readonly MappedFile file;
    private readonly GgufHeader header;
    private readonly OrderedDictionary<string, TensorInfo> tensors;

    private GgufFile(MappedFile file)
    {
        this.file = file;
        header = GgufHeader.Read(file);
        tensors = new(
            header.Tensors.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Info)),
            StringComparer.Ordinal
        );
    }

    public string Path => file.Path;

    /// <summary>By key, in the file's order.</summary>
    public IReadOnlyDictionary<string, GgufValue> Metadata => header.Metadata;

    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <summary>Whether a path names such a file: by its extension, or by how it starts.</summary>
    public static bool Is(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        if (path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        Span<byte> start = stackalloc byte[4];
        using var stream = File.OpenRead(path);
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            && start.SequenceEqual("GGUF"u8);
    }

    /// <exception cref="IOException">The file can't be opened.</exception>
    /// <exception cref="InvalidFileException">The file is not a sound GGUF file.</exception>
    public static GgufFile Open(string path)
    {
        var mapped = new MappedFile(path);
        try
        {
            return new GgufFile(mapped);
        }
        catch
        {
            mapped.Dispose();
            throw;
        }
    }

    /// <summary>A metadata value that may be missing.</summary>
    public GgufValue? Find(string key) => header.Metadata.GetValueOrDefault(key);

    /// <summary>A metadata value that must be there.</summary>
    /// <exception cref="InvalidFileException">It is not.</exception>
    public GgufValue this[string key] =>
        Find(key) ?? throw new InvalidFileException(Path, $"metadata {key} is missing");

    /// <summary>A view of the mapped file: read-only, valid until the file is disposed.</summary>
    public Tensor Get(string name)
    {
        if (!header.Tensors.TryGetValue(name, out var entry))
        {
            throw new InvalidFileException(Path, $"has no tensor '{name}'");
        }

        ObjectDisposedException.ThrowIf(file.Pointer is null, this);
        return new Tensor(file.Pointer + entry.Start, entry.Info.DType, entry.Info.Shape, this) { Name = name };
    }

    public void Dispose() => file.Dispose();
}
