using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Luthier.Generation.Sampling;

/// <summary>What is asked of a row of logits [vocabulary].</summary>
internal static class LogitRow
{
    /// <summary>Float32 sums go on in float64 after so many elements.</summary>
    private const int BlockLength = 512;

    /// <summary>The first of the largest logits, which may be −∞.</summary>
    /// <exception cref="SamplingException">A logit is no number, or +∞.</exception>
    public static int IndexOfLargest(ReadOnlySpan<float> logits)
    {
        var largest = TensorPrimitives.Max(logits);
        if (float.IsNaN(largest) || float.IsPositiveInfinity(largest))
        {
            throw new SamplingException(
                $"the model's logit of token {IndexOfUnusable(logits)} is {largest}, expected a finite number"
            );
        }

        return IndexOf(logits, largest);
    }

    /// <summary>How many logits are larger than a value.</summary>
    public static int CountAbove(ReadOnlySpan<float> logits, float value)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        var counts = Vector<int>.Zero;
        var bound = new Vector<float>(value);
        foreach (ref readonly var vector in vectors)
        {
            counts -= Vector.GreaterThan(vector, bound);
        }

        var count = Vector.Sum(counts);
        foreach (var logit in logits[(vectors.Length * Vector<float>.Count)..])
        {
            count += logit > value ? 1 : 0;
        }

        return count;
    }

    /// <summary>The logarithm of the sum of e^logit: what a logit exceeds its log-probability by.</summary>
    /// <param name="scratch">At least as long as the logits.</param>
    public static double LogSumExp(ReadOnlySpan<float> logits, Span<float> scratch)
    {
        var largest = logits[IndexOfLargest(logits)];
        scratch = scratch[..logits.Length];
        TensorPrimitives.Subtract(logits, largest, scratch);
        TensorPrimitives.Exp<float>(scratch, scratch);
        return largest + Math.Log(Sum(scratch));
    }

    /// <summary>The sum, exact to about float32's precision however long the row is.</summary>
    public static double Sum(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        for (; values.Length > BlockLength; values = values[BlockLength..])
        {
            sum += TensorPrimitives.Sum(values[..BlockLength]);
        }

        return sum + TensorPrimitives.Sum(values);
    }

    /// <summary>
    /// The first position at which the sum of the values up to there exceeds a part of their sum; a position of value 0
    /// never does.
    /// </summary>
    /// <param name="values">0 or more, and one of them above 0.</param>
    /// <param name="part">0 to 1, 1 excluded.</param>
    public static int IndexOfPart(ReadOnlySpan<float> values, double part)
    {
        var rest = part * Sum(values);
        var start = 0;
        for (; values.Length - start > BlockLength; start += BlockLength)
        {
            var sum = TensorPrimitives.Sum(values.Slice(start, BlockLength));
            if (rest < sum)
            {
                break;
            }

            rest -= sum;
        }

        // A block is not summed in the order of its values: rounding may leave a rest after its last one.
        var last = -1;
        for (var i = start; i < values.Length && !(last >= 0 && i == start + BlockLength); i++)
        {
            rest -= values[i];
            last = values[i] > 0 ? i : last;
            if (rest < 0 && last == i)
            {
                return i;
            }
        }

        return last >= 0 ? last : LastAboveZero(values[..start]);
    }

    private static int LastAboveZero(ReadOnlySpan<float> values)
    {
        var last = values.Length - 1;
        while (last > 0 && values[last] <= 0)
        {
            last--;
        }

        return last;
    }

    private static int IndexOf(ReadOnlySpan<float> logits, float value)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        var sought = new Vector<float>(value);
        var i = 0;
        while (i < vectors.Length && !Vector.EqualsAny(vectors[i], sought))
        {
            i++;
        }

        i *= Vector<float>.Count;
        while (logits[i] != value)
        {
            i++;
        }

        return i;
    }

    private static int IndexOfUnusable(ReadOnlySpan<float> logits)
    {
        var i = 0;
        while (!float.IsNaN(logits[i]) && !float.IsPositiveInfinity(logits[i]))
        {
            i++;
        }

        return i;
    }
}
