using System.Runtime.InteropServices;

namespace Luthier.Tensors.Assembly;

/// <summary>
/// Machine code made at run time: pages that are written, then made read-only and executable, and live as long as the
/// process. Only for the System V calling convention of x86-64 (Linux and macOS); kernels elsewhere are plain C#.
/// </summary>
internal static unsafe partial class ExecutableMemory
{
    private const int ReadWrite = 0x3;
    private const int ReadExecute = 0x5;

    /// <summary>Whether the system lets this process run code that it wrote.</summary>
    public static bool IsSupported { get; } = Probe();

    /// <summary>Copies code to fresh executable pages; null where that is refused.</summary>
    public static void* TryLoad(ReadOnlySpan<byte> code)
    {
        const nint failed = -1;
        var length = (nuint)((code.Length + Environment.SystemPageSize - 1) & -Environment.SystemPageSize);
        var privateAnonymous = OperatingSystem.IsMacOS() ? 0x1002 : 0x22;
        var pages = Map(0, length, ReadWrite, privateAnonymous, -1, 0);
        if (pages == failed)
        {
            return null;
        }

        code.CopyTo(new Span<byte>((void*)pages, code.Length));
        if (Protect(pages, length, ReadExecute) != 0)
        {
            _ = Unmap(pages, length);
            return null;
        }

        return (void*)pages;
    }

    private static bool Probe()
    {
        if (
            RuntimeInformation.ProcessArchitecture != Architecture.X64
            || !(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        )
        {
            return false;
        }

        // mov eax, 42; ret
        ReadOnlySpan<byte> code = [0xB8, 42, 0, 0, 0, 0xC3];
        var function = (delegate* unmanaged<int>)TryLoad(code);
        return function is not null && function() == 42;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
