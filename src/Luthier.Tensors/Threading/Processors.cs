using System.Runtime.InteropServices;

namespace Luthier.Tensors.Threading;

/// <summary>
/// Where threads run. Linux wakes a thread beside the one that woke it, and may leave two busy threads on one processor
/// for a tenth of a second while another is idle: work in step is half as fast then.
/// </summary>
internal static unsafe partial class Processors
{
    // Bits for 1,024 processors, as glibc has them.
    private const int MaskWords = 16;

    /// <summary>The processor that the calling thread runs on; -1 where that can't be known.</summary>
    public static int Current => OperatingSystem.IsLinux() ? CurrentOnLinux() : -1;

    /// <summary>Moves the calling thread to another processor that it may use, if there is one.</summary>
    public static void Leave(int processor)
    {
        var allowed = stackalloc ulong[MaskWords];
        var others = stackalloc ulong[MaskWords];
        const int bytes = MaskWords * sizeof(ulong);
        if (processor is < 0 or >= MaskWords * 64 || GetAffinity(0, bytes, allowed) != 0)
        {
            return;
        }

        new ReadOnlySpan<ulong>(allowed, MaskWords).CopyTo(new Span<ulong>(others, MaskWords));
        others[processor / 64] &= ~(1UL << (processor % 64));
        if (!new ReadOnlySpan<ulong>(others, MaskWords).ContainsAnyExcept(0UL))
        {
            return;
        }

        // It moves at once, and may be moved again from then on.
        if (SetAffinity(0, bytes, others) == 0)
        {
            _ = SetAffinity(0, bytes, allowed);
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_getcpu")]
    [SuppressGCTransition]
    private static partial int CurrentOnLinux();

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint bytes, ulong* mask);
}
