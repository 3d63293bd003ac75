using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Luthier.Generation.Sampling;

/// <summary>
/// Cuts a row so that its largest values remain, without sorting it: the range in which the cut lies is halved, counting
/// and summing the values above its middle, until few values are left to sort.
/// </summary>
/// <remarks>Halving goes by the bits of float32 in order of value, so that 32 passes reach a single value.</remarks>
internal static class Cut
{
    /// <summary>So few values are sorted.</summary>
    private const int Few = 512;

    /// <summary>Float32 sums go on in float64 after so many vectors.</summary>
    private const int BlockVectors = 256;

    /// <summary>The k-th largest value.</summary>
    /// <param name="values">Numbers or −∞.</param>
    /// <param name="k">From 1 to the number of values.</param>
    public static float KthLargest(ReadOnlySpan<float> values, int k, SamplingScratch scratch)
    {
        var (low, high, above) = Narrow(values, float.NegativeInfinity, new Tally(k, double.NegativeInfinity));
        var keys = scratch.Collect(values, low, high);
        keys.Sort();
        return RankKey.ValueOf(keys[k - above.Count - 1]);
    }

    /// <summary>
    /// Makes all weights 0 but the fewest largest that together reach a part of their sum; of equal ones the first
    /// remain.
    /// </summary>
    /// <param name="weights">0 or more.</param>
    /// <param name="part">More than 0, less than 1.</param>
    public static void KeepPart(Span<float> weights, double part, SamplingScratch scratch)
    {
        var sum = LogitRow.Sum(weights);
        var wanted = part * sum;

        // All weights below this are together less than what may go.
        var least = (float)((1 - part) * sum / weights.Length);
        var (low, high, above) = Narrow(weights, least, new Tally(0, wanted));
        var keys = scratch.Collect(weights, low, high);
        keys.Sort();
        var reached = above.Sum;
        var kept = 0;
        for (; kept < keys.Length && reached < wanted; kept++)
        {
            reached += RankKey.ValueOf(keys[kept]);
        }

        ClearBelow(weights, low);
        foreach (var key in keys[kept..])
        {
            weights[RankKey.IndexOf(key)] = 0;
        }
    }

    /// <summary>Makes weights below a bound 0.</summary>
    public static void ClearBelow(Span<float> weights, float bound)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(weights);
        var bounds = new Vector<float>(bound);
        foreach (ref var vector in vectors)
        {
            vector = Vector.ConditionalSelect(Vector.GreaterThanOrEqual(vector, bounds), vector, Vector<float>.Zero);
        }

        foreach (ref var weight in weights[(vectors.Length * Vector<float>.Count)..])
        {
            weight = weight >= bound ? weight : 0;
        }
    }

    /// <summary>
    /// Narrows the range from <paramref name="least"/> up to one of few values, or of one: those from its low end up
    /// reach what is wanted, those from its high end up, which are told, don't.
    /// </summary>
    private static (float Low, float High, Tally Above) Narrow(ReadOnlySpan<float> values, float least, Tally wanted)
    {
        var (low, high) = (RankKey.OrderOf(least), RankKey.OrderOf(TensorPrimitives.Max(values)) + 1);
        var (fromLow, above) = (values.Length, default(Tally));
        while (high - low > 1 && fromLow - above.Count > Few)
        {
            var middle = low + ((high - low) / 2);
            var tally = TallyFrom(values, RankKey.ValueAt(middle));
            if (tally.Count >= wanted.Count && tally.Sum >= wanted.Sum)
            {
                (low, fromLow) = (middle, tally.Count);
            }
            else
            {
                (high, above) = (middle, tally);
            }
        }

        return (RankKey.ValueAt(low), RankKey.ValueAt(high), above);
    }

    private static Tally TallyFrom(ReadOnlySpan<float> values, float bound)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var bounds = new Vector<float>(bound);
        var counts = Vector<int>.Zero;
        var sum = 0.0;
        for (var start = 0; start < vectors.Length; start += BlockVectors)
        {
            var sums = Vector<float>.Zero;
            foreach (ref readonly var vector in vectors.Slice(start, Math.Min(BlockVectors, vectors.Length - start)))
            {
                var isAbove = Vector.GreaterThanOrEqual(vector, bounds);
                counts -= isAbove;
                sums += Vector.ConditionalSelect(isAbove, vector, Vector<float>.Zero);
            }

            sum += Vector.Sum(sums);
        }

        var count = Vector.Sum(counts);
        foreach (var value in values[(vectors.Length * Vector<float>.Count)..])
        {
            count += value >= bound ? 1 : 0;
            sum += value >= bound ? value : 0;
        }

        return new Tally(count, sum);
    }

    /// <summary>How many values there are from a bound up, and their sum.</summary>
    private readonly record struct Tally(int Count, double Sum);
}
