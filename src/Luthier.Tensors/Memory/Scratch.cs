namespace Luthier.Tensors.Memory;

/// <summary>A block of memory for the inside of one operation, kept from call to call and grown when too small.</summary>
internal sealed unsafe class Scratch : IDisposable
{
    private const long Granularity = 64 << 10;

    private NativeMemory? memory;

    /// <summary>The block as it was last asked for; null before.</summary>
    public byte* Pointer => memory is null ? null : memory.Pointer;

    /// <summary>At least so many elements, not cleared; valid until the next call.</summary>
    public float* Floats(long count) => (float*)Bytes(count * sizeof(float));

    /// <summary>At least so many bytes, not cleared; valid until the next call.</summary>
    public byte* Bytes(long bytes)
    {
        if (memory is null || memory.Bytes < bytes)
        {
            memory?.Dispose();
            memory = new NativeMemory((bytes + Granularity - 1) / Granularity * Granularity);
        }

        return memory.Pointer;
    }

    public void Dispose()
    {
        memory?.Dispose();
        memory = null;
    }
}
