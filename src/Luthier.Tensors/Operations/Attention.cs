using Luthier.Tensors.Autograd;

namespace Luthier.Tensors.Operations;

/// <summary>Causal grouped-query attention over segments, without a score matrix in memory.</summary>
public static partial class Attention
{
    /// <param name="q">[n, heads · d].</param>
    /// <param name="k">[m, kvHeads · d].</param>
    /// <param name="v">[m, kvHeads · d].</param>
    /// <param name="segments">
    /// The sequences; the caller keeps the array unchanged until the backward pass, for which they must not overlap.
    /// </param>
    /// <returns>[n, heads · d]; rows outside all segments are zero.</returns>
    public static Tensor Apply(
        Tape tape,
        Tensor q,
        Tensor k,
        Tensor v,
        AttentionSegment[] segments,
        AttentionOptions options
    )
    {
        var d = options.HeadDimension;
        if (q.Columns != options.Heads * d || k.Columns != options.KeyValueHeads * d || v.Columns != k.Columns)
        {
            throw new ArgumentException(
                $"attention: {q.Describe()}, {k.Describe()}, {v.Describe()} do not fit {options}"
            );
        }

        foreach (var segment in segments)
        {
            Check(segment.QueryStart, segment.QueryCount, q, segment);
            Check(segment.KeyStart, segment.KeyCount, k, segment);
        }

        var y = tape.New(q.Shape);
        y.NeedsGradient = tape.Recording && (q.NeedsGradient || k.NeedsGradient || v.NeedsGradient);
        if (!y.NeedsGradient)
        {
            tape.Device.Attention(q, k, v, segments, options, y, null);
            return y;
        }

        CheckDisjoint(segments);
        var logSumExp = tape.New(options.Heads, q.Rows);
        tape.Device.Attention(q, k, v, segments, options, y, logSumExp);
        tape.Keep(q);
        tape.Keep(k);
        tape.Keep(v);
        tape.Keep(y);
        tape.Record(y, () => Backward(tape, q, k, v, y, logSumExp, segments, options));
        return y;
    }

    /// <summary>Keys from first to before end, counted in the segment, that a query of the segment sees.</summary>
    internal static (int First, int End) VisibleKeys(AttentionSegment segment, int window, int query)
    {
        var end = Math.Max(query + segment.KeyCount - segment.QueryCount + 1, 0);
        return (window > 0 ? Math.Max(end - window, 0) : 0, end);
    }

    private static void Check(int start, int count, Tensor tensor, AttentionSegment segment)
    {
        if (start < 0 || count < 0 || start > tensor.Rows - count)
        {
            throw new ArgumentException($"attention: {segment} does not fit {tensor.Describe()}");
        }
    }

    // Gradients of a segment's rows are written by one task alone.
    private static void CheckDisjoint(AttentionSegment[] segments)
    {
        var starts = new int[segments.Length];
        var ends = new int[segments.Length];
        for (var pass = 0; pass < 2; pass++)
        {
            for (var i = 0; i < segments.Length; i++)
            {
                var (start, count) =
                    pass == 0
                        ? (segments[i].QueryStart, segments[i].QueryCount)
                        : (segments[i].KeyStart, segments[i].KeyCount);
                starts[i] = start;
                ends[i] = start + count;
            }

            Array.Sort(starts, ends);
            for (var i = 1; i < starts.Length; i++)
            {
                if (starts[i] < ends[i - 1])
                {
                    throw new ArgumentException(
                        $"attention: row {starts[i]} of the {(pass == 0 ? "queries" : "keys")} belongs to two segments"
                    );
                }
            }
        }
    }

    private static void Backward(
        Tape tape,
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor y,
        Tensor logSumExp,
        AttentionSegment[] segments,
        AttentionOptions options
    )
    {
        var (queries, keys, values) = (q.View(q.Shape), k.View(k.Shape), v.View(v.Shape));
        var dQ = tape.GradientInPlaceOf(q, out var accumulateQ);
        var dK = tape.GradientInPlaceOf(k, out var accumulateK);
        var dV = tape.GradientInPlaceOf(v, out var accumulateV);
        var accumulate = Tape.AccumulateAll((dQ, accumulateQ), (dK, accumulateK), (dV, accumulateV));
        tape.Device.AttentionBackward(
            y.Gradient!,
            queries,
            keys,
            values,
            y,
            logSumExp,
            segments,
            options,
            dQ,
            dK,
            dV,
            accumulate
        );
        tape.Free(logSumExp);
        FreeUnused(tape, q);
        FreeUnused(tape, k);
        FreeUnused(tape, v);
    }

    // A frozen projection of an input without gradient records nothing that would free these.
    private static void FreeUnused(Tape tape, Tensor x)
    {
        if (!x.NeedsGradient)
        {
            tape.Free(x.Gradient!);
            x.Gradient = null;
            tape.Free(x);
        }
    }
}
