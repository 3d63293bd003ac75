namespace Luthier.Generation.Engine.Metrics;

/// <summary>How often values lay up to each of some bounds. One thread adds values and any thread reads.</summary>
/// <param name="bounds">The upper bounds, ascending; beyond the last there is one more bucket.</param>
public sealed class Histogram(params double[] bounds)
{
    private readonly long[] counts = new long[bounds.Length + 1];
    private double sum;

    /// <summary>The upper bound of each bucket but the last, which has none.</summary>
    public ReadOnlySpan<double> Bounds => bounds;

    public double Sum => Volatile.Read(ref sum);

    /// <summary>All values.</summary>
    public long Count
    {
        get
        {
            var total = 0L;
            for (var i = 0; i < counts.Length; i++)
            {
                total += CountIn(i);
            }

            return total;
        }
    }

    /// <summary>Values in one bucket: above the bound before, up to its own. The last is number <c>Bounds.Length</c>.</summary>
    public long CountIn(int bucket) => Volatile.Read(ref counts[bucket]);

    internal void Add(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
        {
            bucket++;
        }

        Volatile.Write(ref counts[bucket], counts[bucket] + 1);
        Volatile.Write(ref sum, sum + value);
    }
}
