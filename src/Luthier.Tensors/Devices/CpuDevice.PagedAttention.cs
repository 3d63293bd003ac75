using Luthier.Tensors.Assembly;
using Luthier.Tensors.KeyValues;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Devices;

public sealed unsafe partial class CpuDevice
{
    // Tasks for each member below which the chunks of long sequences are shared out too.
    private const int FewTasks = 4;

    private readonly List<PagedAttention.Work> pagedWork = [];
    private PagedAttention.Operands pagedOperands;
    private Action<int>? runPaged;
    private long pagedScratch;
    private int nextPaged;

    public override void StoreKeyValues(
        Tensor k,
        Tensor v,
        PagedKeyValueCache cache,
        int layer,
        ReadOnlySpan<PagedSegment> segments,
        ReadOnlySpan<int> blocks
    )
    {
        foreach (var segment in segments)
        {
            Operations.PagedAttention.Store(k, v, cache, layer, segment, blocks, 0, segment.QueryCount);
        }

        GC.KeepAlive(k);
        GC.KeepAlive(v);
        GC.KeepAlive(cache);
    }

    public override void PagedAttention(
        Tensor q,
        PagedKeyValueCache cache,
        int layer,
        ReadOnlySpan<PagedSegment> segments,
        ReadOnlySpan<int> blocks,
        in AttentionOptions options,
        Tensor y
    )
    {
        fixed (int* pinned = blocks)
        {
            pagedOperands = new Operations.PagedAttention.Operands
            {
                Kernels = MatrixKernels.For(Isa),
                Cache = cache,
                Layer = layer,
                Q = q.Float32,
                Y = y.Float32,
                Blocks = pinned,
                Options = options,
            };
            var partials = partial.Floats(AddWork(segments, options));
            pagedScratch = Operations.PagedAttention.ScratchElements(options);
            _ = scratch.Floats(pagedScratch * Team.Count);
            nextPaged = 0;
            runPaged ??= RunPaged;
            if (pagedWork.Count == 1)
            {
                runPaged(0);
            }
            else
            {
                Team.Run(runPaged);
            }

            MergePaged(partials);
        }

        GC.KeepAlive(q);
        GC.KeepAlive(y);
        GC.KeepAlive(cache);
    }

    // Lists the tasks, and returns how many elements their partial results take.
    private long AddWork(ReadOnlySpan<PagedSegment> segments, in AttentionOptions options)
    {
        pagedWork.Clear();
        var group = options.Heads / options.KeyValueHeads;
        var step = Operations.PagedAttention.QueriesPerTask(options);
        var splits = segments.Length * options.KeyValueHeads < FewTasks * Team.Count;
        var elements = 0L;
        foreach (var segment in segments)
        {
            for (var head = 0; head < options.KeyValueHeads; head++)
            {
                // The last queries see most keys: they come first.
                for (var end = segment.QueryCount; end > 0; end -= step)
                {
                    var start = Math.Max(end - step, 0);
                    var chunks = Operations.PagedAttention.Chunks(segment.KeyCount - segment.QueryCount + end);
                    if (splits && segment.QueryCount == 1 && chunks > 1)
                    {
                        var size = Operations.PagedAttention.StateElements(options, group);
                        for (var chunk = 0; chunk < chunks; chunk++, elements += size)
                        {
                            pagedWork.Add(new(segment, head, start, end, chunk, chunk + 1, elements));
                        }
                    }
                    else
                    {
                        pagedWork.Add(new(segment, head, start, end, 0, chunks, -1));
                    }
                }
            }
        }

        return elements;
    }

    // Members take the tasks one by one; a task's result does not depend on who runs it.
    private void RunPaged(int member)
    {
        while (true)
        {
            var index = Interlocked.Increment(ref nextPaged) - 1;
            if (index >= pagedWork.Count)
            {
                return;
            }

            Operations.PagedAttention.Forward(
                pagedOperands,
                pagedWork[index],
                (float*)scratch.Pointer + (member * pagedScratch),
                (float*)partial.Pointer
            );
        }
    }

    private void MergePaged(float* partials)
    {
        var (rows, d) = (pagedOperands.Group, pagedOperands.Options.HeadDimension);
        for (var i = 0; i < pagedWork.Count; i++)
        {
            var first = pagedWork[i];
            if (first.Place < 0)
            {
                continue;
            }

            for (; i + 1 < pagedWork.Count && pagedWork[i + 1].FirstChunk > 0 && pagedWork[i + 1].Place >= 0; i++)
            {
                Operations.PagedAttention.Merge(partials + first.Place, partials + pagedWork[i + 1].Place, rows, d);
            }

            Operations.PagedAttention.Finish(pagedOperands, first, partials + first.Place);
        }
    }
}
