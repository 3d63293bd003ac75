using System.Runtime.InteropServices;
using SystemMemory = System.Runtime.InteropServices.NativeMemory;

namespace Luthier.Tensors.Memory;

/// <summary>
/// One block of zero-initialised memory outside the managed heap, aligned to 64 bytes. On Linux a large block comes
/// straight from the system: it takes real memory only where it is touched, and goes back when disposed.
/// </summary>
public sealed unsafe partial class NativeMemory : IDisposable
{
    /// <summary>A cache line, and the width of an AVX-512 register.</summary>
    public const int Alignment = 64;

    // Large blocks lie on pages of this size where the system has them: far fewer page faults and TLB misses.
    private const int HugePage = 2 << 20;

    private readonly bool mapped;
    private void* pointer;
    private int grace = 3;

    /// <param name="bytes">Size in bytes, zero or more.</param>
    /// <exception cref="OutOfMemoryException">The system has not so much.</exception>
    public NativeMemory(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
        pointer = bytes >= HugePage && OperatingSystem.IsLinux() ? TryMapHugePages(bytes) : null;
        mapped = pointer is not null;
        if (!mapped)
        {
            pointer = SystemMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), Alignment);
            SystemMemory.Clear(pointer, (nuint)bytes);
        }

        GC.AddMemoryPressure(Math.Max(bytes, 1));
    }

    // A span or pointer does not keep its owner alive. Memory that nobody disposed of is therefore freed some collections
    // after its owner was found unreachable, so that the statement which still reads a span of it has long ended.
    ~NativeMemory()
    {
        if (grace-- > 0)
        {
            GC.ReRegisterForFinalize(this);
            return;
        }

        Free();
    }

    public long Bytes { get; }

    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(pointer is null, this);
            return (byte*)pointer;
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (pointer is null)
        {
            return;
        }

        if (mapped)
        {
            _ = Unmap(pointer, (nuint)Bytes);
        }
        else
        {
            SystemMemory.AlignedFree(pointer);
        }

        pointer = null;
        GC.RemoveMemoryPressure(Math.Max(Bytes, 1));
    }

    // Maps a huge page more than asked (null where that is refused), and gives back what lies before and after the aligned block.
    private static void* TryMapHugePages(long bytes)
    {
        const int readWrite = 3;
        const int privateAnonymous = 0x22;
        const int hugePages = 14;
        var length = (nuint)bytes + HugePage;
        var start = Map(null, length, readWrite, privateAnonymous, -1, 0);
        if ((nint)start == -1)
        {
            return null;
        }

        var block = (byte*)(((nuint)start + HugePage - 1) / HugePage * HugePage);
        var page = (nuint)Environment.SystemPageSize;
        var end = (byte*)(((nuint)block + (nuint)bytes + page - 1) / page * page);
        UnmapUnlessEmpty(start, block);
        UnmapUnlessEmpty(end, start + length);

        // A wish only: where it is refused, pages stay small.
        _ = Advise(block, (nuint)bytes, hugePages);
        return block;
    }

    private static void UnmapUnlessEmpty(byte* from, byte* to)
    {
        if (from < to)
        {
            _ = Unmap(from, (nuint)(to - from));
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
