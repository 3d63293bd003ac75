using System.IO.MemoryMappedFiles;

namespace Luthier.Tensors.Memory;

/// <summary>A whole file mapped read-only: tensors of a checkpoint are views of it and nothing is copied.</summary>
public sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? file;
    private readonly MemoryMappedViewAccessor? view;
    private byte* pointer;

    /// <exception cref="IOException">The file can't be opened.</exception>
    public MappedFile(string path)
    {
        Path = path;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Length = stream.Length; // The target's where the path is a link.
        if (Length == 0)
        {
            return;
        }

        file = MemoryMappedFile.CreateFromFile(
            stream,
            mapName: null,
            Length,
            MemoryMappedFileAccess.Read,
            HandleInheritability.None,
            leaveOpen: false
        );
        view = file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        pointer += view.PointerOffset;
    }

    public string Path { get; }

    /// <summary>Length in bytes.</summary>
    public long Length { get; }

    /// <summary>First byte; null for an empty file.</summary>
    public byte* Pointer => pointer;

    /// <summary>A view of part of the file; the range must lie inside it.</summary>
    public ReadOnlySpan<byte> Span(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        ObjectDisposedException.ThrowIf(pointer is null && length > 0, this);
        return new ReadOnlySpan<byte>(pointer + offset, length);
    }

    public void Dispose()
    {
        if (pointer is not null)
        {
            view!.SafeMemoryMappedViewHandle.ReleasePointer();
            pointer = null;
        }

        view?.Dispose();
        file?.Dispose();
    }
}
