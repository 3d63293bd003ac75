using System.Runtime.InteropServices;

namespace Luthier.Tensors.Memory;

/// <summary>
/// Scratch memory of a training step or a generation step. Blocks given back are handed out again to requests of the
/// same size, and <see cref="Reset"/> makes everything free at once, so that a steady state allocates nothing.
/// Memory is not cleared. Not thread-safe.
/// </summary>
public sealed unsafe class Arena : IDisposable
{
    private const long ChunkBytes = 64L << 20;

    private readonly List<NativeMemory> chunks = [];
    private readonly Dictionary<long, Stack<nint>> free = [];
    private int current;
    private long offset;

    /// <summary>Bytes reserved from the system: the arena's high-water mark.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>Bytes that are rented now.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>The most bytes that were rented at one time since the last <see cref="Reset"/>.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Takes a block of at least <paramref name="bytes"/> bytes, aligned to 64.</summary>
    public nint Rent(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var size = Rounded(bytes);
        UsedBytes += size;
        PeakBytes = Math.Max(PeakBytes, UsedBytes);
        if (free.TryGetValue(size, out var stack) && stack.TryPop(out var reused))
        {
            return reused;
        }

        while (current < chunks.Count && offset + size > chunks[current].Bytes)
        {
            current++;
            offset = 0;
        }

        if (current == chunks.Count)
        {
            var chunk = new NativeMemory(Math.Max(ChunkBytes, size));
            chunks.Add(chunk);
            ReservedBytes += chunk.Bytes;
            offset = 0;
        }

        var block = (nint)(chunks[current].Pointer + offset);
        offset += size;
        return block;
    }

    /// <summary>Gives back a block of <see cref="Rent"/>; <paramref name="bytes"/> is what was asked for then.</summary>
    public void Return(nint block, long bytes)
    {
        ref var stack = ref CollectionsMarshal.GetValueRefOrAddDefault(free, Rounded(bytes), out _);
        stack ??= new Stack<nint>();
        stack.Push(block);
        UsedBytes -= Rounded(bytes);
    }

    /// <summary>Makes all memory free; every block rented before is invalid from here on.</summary>
    public void Reset()
    {
        foreach (var stack in free.Values)
        {
            stack.Clear();
        }

        current = 0;
        offset = 0;
        UsedBytes = 0;
        PeakBytes = 0;
    }

    public void Dispose()
    {
        foreach (var chunk in chunks)
        {
            chunk.Dispose();
        }

        chunks.Clear();
        free.Clear();
        ReservedBytes = 0;
    }

    private static long Rounded(long bytes) =>
        (Math.Max(bytes, 1) + NativeMemory.Alignment - 1) & -NativeMemory.Alignment;
}
