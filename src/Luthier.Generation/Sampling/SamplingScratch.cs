using System.Numerics;
using System.Runtime.InteropServices;

namespace Luthier.Generation.Sampling;

/// <summary>Memory for choosing a token: one per thread, for a token at a time, however many sequences there are.</summary>
internal sealed class SamplingScratch
{
    [ThreadStatic]
    private static SamplingScratch? threadScratch;

    private ulong[] keys = [];
    private float[] keptValues = [];
    private int[] keptIndexes = [];
    private float[] row = [];
    private float[] raw = [];

    private SamplingScratch() { }

    /// <summary>This thread's.</summary>
    public static SamplingScratch OfThread => threadScratch ??= new SamplingScratch();

    /// <summary>A copy of a row of logits that lasts until the token is chosen.</summary>
    public Span<float> Raw(ReadOnlySpan<float> logits)
    {
        var copy = Enough(ref raw, logits.Length);
        logits.CopyTo(copy);
        return copy;
    }

    /// <summary>A row of so many values that lasts until the next call.</summary>
    public Span<float> Row(int length) => Enough(ref row, length);

    /// <summary>
    /// The <see cref="RankKey"/>s of the values in a range, its high end excluded. They last until the next call.
    /// </summary>
    public Span<ulong> Collect(ReadOnlySpan<float> source, float low, float high)
    {
        var collected = Enough(ref keys, source.Length);
        var count = 0;
        var (lows, highs) = (new Vector<float>(low), new Vector<float>(high));
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(source);
        for (var i = 0; i < vectors.Length; i++)
        {
            var isInside = Vector.GreaterThanOrEqual(vectors[i], lows) & Vector.LessThan(vectors[i], highs);
            if (Vector.EqualsAny(isInside, Vector<int>.AllBitsSet))
            {
                var start = i * Vector<float>.Count;
                count = Collect(source.Slice(start, Vector<float>.Count), start, low, high, collected, count);
            }
        }

        var end = vectors.Length * Vector<float>.Count;
        count = Collect(source[end..], end, low, high, collected, count);
        return collected[..count];
    }

    /// <summary>The values from a bound up, and where they were; they last until the next call.</summary>
    public (int Count, float[] Values, int[] Indexes) Keep(ReadOnlySpan<float> source, float bound)
    {
        var collected = Collect(source, bound, float.PositiveInfinity);
        Enough(ref keptValues, collected.Length);
        Enough(ref keptIndexes, collected.Length);
        for (var i = 0; i < collected.Length; i++)
        {
            keptValues[i] = RankKey.ValueOf(collected[i]);
            keptIndexes[i] = RankKey.IndexOf(collected[i]);
        }

        return (collected.Length, keptValues, keptIndexes);
    }

    private static int Collect(
        ReadOnlySpan<float> part,
        int start,
        float low,
        float high,
        Span<ulong> collected,
        int count
    )
    {
        for (var i = 0; i < part.Length; i++)
        {
            if (part[i] >= low && part[i] < high)
            {
                collected[count++] = RankKey.Of(part[i], start + i);
            }
        }

        return count;
    }

    private static Span<T> Enough<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[length];
        }

        return array.AsSpan(0, length);
    }
}
