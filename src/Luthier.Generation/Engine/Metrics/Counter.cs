namespace Luthier.Generation.Engine.Metrics;

/// <summary>A number that one thread changes and any thread reads.</summary>
public sealed class Counter
{
    private long count;

    public long Value => Volatile.Read(ref count);

    internal void Add(long more = 1) => Volatile.Write(ref count, count + more);

    internal void Set(long value) => Volatile.Write(ref count, value);
}
