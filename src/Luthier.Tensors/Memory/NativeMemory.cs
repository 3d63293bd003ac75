using System.Runtime.InteropServices;
using SystemMemory = System.Runtime.InteropServices.NativeMemory;

namespace Luthier.Tensors.Memory;

/// <summary>One block of zero-initialised memory outside the managed heap, aligned to 64 bytes.</summary>
public sealed unsafe partial class NativeMemory : IDisposable
{
    /// <summary>A cache line, and the width of an AVX-512 register.</summary>
    public const int Alignment = 64;

    // Large blocks lie on pages of this size where the system has them: far fewer page faults and TLB misses.
    private const int HugePage = 2 << 20;

    private void* pointer;

    /// <param name="bytes">Size in bytes, zero or more.</param>
    public NativeMemory(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
        var large = bytes >= HugePage;
        pointer = SystemMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), (nuint)(large ? HugePage : Alignment));
        if (large && OperatingSystem.IsLinux())
        {
            const int hugePages = 14;
            _ = Advise(pointer, (nuint)bytes, hugePages);
        }

        SystemMemory.Clear(pointer, (nuint)bytes);
        GC.AddMemoryPressure(Math.Max(bytes, 1));
    }

    ~NativeMemory() => Free();

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

        SystemMemory.AlignedFree(pointer);
        pointer = null;
        GC.RemoveMemoryPressure(Math.Max(Bytes, 1));
    }

    // A wish only: where it is refused, pages stay small.
    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
