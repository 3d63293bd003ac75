using Luthier.Tensors.Operations;
using SystemMemory = System.Runtime.InteropServices.NativeMemory;

namespace Luthier.Tensors.Devices;

public sealed unsafe partial class CpuDevice
{
    private readonly List<AttentionTask> attentionTasks = [];

    public override void Attention(
        Tensor q,
        Tensor k,
        Tensor v,
        ReadOnlySpan<AttentionSegment> segments,
        in AttentionOptions options,
        Tensor y,
        Tensor? logSumExp
    )
    {
        var operands = new Attention.Operands
        {
            Q = q.Float32,
            K = k.Float32,
            V = v.Float32,
            Y = y.Float32,
            LogSumExp = FloatsOrNull(logSumExp),
            Rows = q.Rows,
            Options = options,
        };
        var gaps = FindGaps(segments, ofKeys: false, q.Rows);
        ClearRows(y, gaps);
        if (logSumExp is not null && gaps.Length > 0)
        {
            logSumExp.AsFloats().Clear();
        }

        attentionTasks.Clear();
        foreach (var segment in segments)
        {
            AddForwardTasks(segment, options.Heads);
        }

        RunAttention(
            Operations.Attention.ForwardScratch(options.HeadDimension),
            (task, scratch) =>
                Operations.Attention.Forward(operands, task.Segment, task.Head, task.Start, task.End, scratch)
        );

        GC.KeepAlive(q);
        GC.KeepAlive(k);
        GC.KeepAlive(v);
        GC.KeepAlive(y);
        GC.KeepAlive(logSumExp);
    }

    public override void AttentionBackward(
        Tensor dY,
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor y,
        Tensor logSumExp,
        ReadOnlySpan<AttentionSegment> segments,
        in AttentionOptions options,
        Tensor dQ,
        Tensor dK,
        Tensor dV,
        bool accumulate
    )
    {
        var operands = new Attention.Operands
        {
            Q = q.Float32,
            K = k.Float32,
            V = v.Float32,
            Y = y.Float32,
            LogSumExp = logSumExp.Float32,
            DY = dY.Float32,
            DQ = dQ.Float32,
            DK = dK.Float32,
            DV = dV.Float32,
            Rows = q.Rows,
            Accumulate = accumulate,
            Options = options,
        };
        if (!accumulate)
        {
            ClearRows(dQ, FindGaps(segments, ofKeys: false, q.Rows));
            var gaps = FindGaps(segments, ofKeys: true, k.Rows);
            ClearRows(dK, gaps);
            ClearRows(dV, gaps);
        }

        attentionTasks.Clear();
        var longest = 0;
        foreach (var segment in segments)
        {
            longest = Math.Max(longest, segment.KeyCount);
            for (var head = 0; head < options.KeyValueHeads; head++)
            {
                var cost = (long)segment.QueryCount * segment.KeyCount;
                attentionTasks.Add(new AttentionTask(segment, head, 0, segment.QueryCount, cost));
            }
        }

        RunAttention(
            Operations.Attention.BackwardScratch(options.HeadDimension, longest),
            (task, scratch) => Operations.Attention.Backward(operands, task.Segment, task.Head, scratch)
        );

        GC.KeepAlive(dY);
        GC.KeepAlive(q);
        GC.KeepAlive(k);
        GC.KeepAlive(v);
        GC.KeepAlive(y);
        GC.KeepAlive(logSumExp);
        GC.KeepAlive(dQ);
        GC.KeepAlive(dK);
        GC.KeepAlive(dV);
    }

    private void AddForwardTasks(in AttentionSegment segment, int heads)
    {
        var rows = Operations.Attention.RowsPerTask(segment.QueryCount);
        for (var start = 0; start < segment.QueryCount; start += rows)
        {
            var end = Math.Min(start + rows, segment.QueryCount);
            var cost = (long)(end - start) * (segment.KeyCount - segment.QueryCount + end);
            for (var head = 0; head < heads; head++)
            {
                attentionTasks.Add(new AttentionTask(segment, head, start, end, cost));
            }
        }
    }

    // Members take the tasks one by one, the largest first; a task's result does not depend on who runs it.
    private void RunAttention(long scratchElements, AttentionBody body)
    {
        if (attentionTasks.Count == 0)
        {
            return;
        }

        attentionTasks.Sort(static (a, b) => b.Cost.CompareTo(a.Cost));
        var memory = scratch.Floats(scratchElements * Team.Count);
        var next = 0;
        Team.Run(member =>
        {
            while (true)
            {
                var task = Interlocked.Increment(ref next) - 1;
                if (task >= attentionTasks.Count)
                {
                    return;
                }

                body(attentionTasks[task], memory + (member * scratchElements));
            }
        });
    }

    // The ranges of rows that no segment has.
    private static (int Start, int End)[] FindGaps(ReadOnlySpan<AttentionSegment> segments, bool ofKeys, int rows)
    {
        var covered = new (int Start, int End)[segments.Length];
        for (var i = 0; i < covered.Length; i++)
        {
            var start = ofKeys ? segments[i].KeyStart : segments[i].QueryStart;
            covered[i] = (start, start + (ofKeys ? segments[i].KeyCount : segments[i].QueryCount));
        }

        Array.Sort(covered);
        var gaps = new List<(int, int)>();
        var end = 0;
        foreach (var range in covered)
        {
            if (range.Start > end)
            {
                gaps.Add((end, range.Start));
            }

            end = Math.Max(end, range.End);
        }

        if (end < rows)
        {
            gaps.Add((end, rows));
        }

        return [.. gaps];
    }

    private static void ClearRows(Tensor tensor, (int Start, int End)[] ranges)
    {
        foreach (var (start, end) in ranges)
        {
            var columns = tensor.Columns;
            SystemMemory.Clear(
                tensor.Float32 + ((long)start * columns),
                (nuint)(end - start) * (nuint)columns * sizeof(float)
            );
        }
    }

    /// <param name="Start">First query.</param>
    /// <param name="End">After the last one.</param>
    private readonly record struct AttentionTask(AttentionSegment Segment, int Head, int Start, int End, long Cost);

    private delegate void AttentionBody(AttentionTask task, float* scratch);
}
