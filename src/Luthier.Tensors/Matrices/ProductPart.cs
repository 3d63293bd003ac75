using Luthier.Tensors.Assembly;

namespace Luthier.Tensors.Matrices;

/// <summary>
/// The part of a product that one thread begins with: some rows and columns of c, cut into tasks of a few panels of
/// rows. Threads that are done with their own part take tasks of others', so that all end together.
/// </summary>
/// <remarks>
/// A task goes through the blocks of k in order. For each it brings its rows of A into reading order (1), then, for
/// each strip of B, makes sure that it is packed (2) and multiplies (3).
/// </remarks>
internal sealed unsafe class ProductPart(MatrixKernels kernels)
{
    private const int Unpacked = 0;
    private const int Packing = 1;
    private const int Packed = 2;
    private const int TwoLines = 128;

    private MatrixView a;
    private MatrixView b;
    private PackedLayout layout;
    private byte* panels;
    private int* states;
    private int firstBlock;
    private int endBlock;
    private int firstStrip;
    private int endStrip;
    private float* c;
    private long cStride;
    private float alpha;
    private bool accumulate;
    private RowsOfA rows;
    private int tasks;
    private int next;

    /// <summary>Bytes of scratch memory that each thread must bring.</summary>
    public long ScratchBytes => tasks == 0 ? 0 : rows.ScratchBytes((a.Rows + tasks - 1) / tasks);

    /// <summary>Takes a left operand and a result, which may be empty; the right one comes next.</summary>
    public void SetProduct(in Factors factors)
    {
        a = factors.A;
        c = factors.C;
        cStride = factors.CStride;
        alpha = factors.Alpha;
        accumulate = factors.Accumulate;
        next = 0;
    }

    /// <summary>Takes some strips of a right operand that is packed already; c begins with the first of all strips.</summary>
    public void SetPacked(in PackedLayout packedLayout, byte* packedPanels, int first, int end)
    {
        layout = packedLayout;
        panels = packedPanels;
        states = null;
        (firstBlock, endBlock) = (0, layout.Blocks);
        (firstStrip, endStrip) = (first, end);
        rows = new RowsOfA(kernels, a, layout);
        tasks = first < end ? CountTasks() : 0;
    }

    /// <summary>Takes some blocks of a right operand that is packed on the way.</summary>
    /// <param name="memory">Room for the strips of those blocks.</param>
    /// <param name="stripStates">Room for a state for each strip of each block.</param>
    public void SetUnpacked(
        in PackedLayout packedLayout,
        in MatrixView right,
        int first,
        int end,
        byte* memory,
        int* stripStates
    )
    {
        layout = packedLayout;
        b = right;
        panels = memory - packedLayout.Offset(first, 0);
        states = stripStates;
        (firstBlock, endBlock) = (first, end);
        (firstStrip, endStrip) = (0, layout.Strips);
        rows = new RowsOfA(kernels, a, layout);
        tasks = layout.Strips > 0 ? CountTasks() : 0;
        new Span<int>(stripStates, (end - first) * packedLayout.Strips).Clear();
    }

    /// <summary>Works until no task is left.</summary>
    public void Work(byte* scratch)
    {
        int task;
        while (Volatile.Read(ref next) < tasks && (task = Interlocked.Increment(ref next) - 1) < tasks)
        {
            Run(Rows(task), Rows(task + 1), scratch);
        }
    }

    private int CountTasks() => Blocking.Tasks(a.Rows, kernels.TileRows, (long)layout.Length(0) * a.Type.Size());

    private RowRange Rows(int task)
    {
        var start = (int)((long)a.Rows * task / tasks);
        return task >= tasks ? default : new RowRange(start, (int)((long)a.Rows * (task + 1) / tasks) - start);
    }

    private void Run(RowRange range, RowRange following, byte* scratch)
    {
        for (var block = firstBlock; block < endBlock; block++)
        {
            // (1)
            var source = rows.Bring(range, block, scratch);
            var later = block + 1 < endBlock ? rows.Source(range, block + 1) : rows.Source(following, firstBlock);
            var panelCount = Blocking.PanelCount(range.Count, kernels.TileRows);
            var fetch = new Prefetcher(later, layout.UnitsOf(block), panelCount, endStrip - firstStrip);
            for (var strip = firstStrip; strip < endStrip; strip++)
            {
                // (2)
                if (states is not null)
                {
                    EnsurePacked(block, strip);
                }

                // (3)
                Multiply(source, range, block, strip, ref fetch);
            }
        }
    }

    private void Multiply(in PanelsOfA source, RowRange range, int block, int strip, ref Prefetcher fetch)
    {
        var (tall, low, height) = Blocking.Panels(range.Count, kernels.TileRows);
        var tile = new TileArguments
        {
            A = source.Data,
            ARowStride = source.RowStride,
            AStepStride = source.StepStride,
            B = panels + layout.Offset(block, strip),
            BStepStride = layout.StripBytes,
            C = (byte*)(c + (range.First * cStride) + (strip * layout.StripWidth)),
            CRowStride = cStride * sizeof(float),
            Steps = layout.UnitsOf(block),
            Alpha = alpha,
            Accumulate = accumulate || block > 0 ? 1 : 0,
        };
        FetchStrip(ref fetch, block, strip + 1 < endStrip ? strip + 1 : firstStrip);
        var columns = Math.Min(layout.StripWidth, layout.N - (strip * layout.StripWidth));
        RunPanels(&tile, source, tall, height + 1, columns, ref fetch);
        RunPanels(&tile, source, low, height, columns, ref fetch);
    }

    // Some panels of the same height; moves the rows of A and C on behind them.
    private void RunPanels(
        TileArguments* tile,
        in PanelsOfA source,
        int count,
        int height,
        int columns,
        ref Prefetcher fetch
    )
    {
        tile->APanelStride = source.PanelStride(height);
        tile->CPanelStride = height * tile->CRowStride;
        while (count > 0)
        {
            var left = tile->A;
            var now = fetch.Set(tile, count);
            tile->Panels = now;
            kernels.Tile(height, columns, layout.Pairs, streamed: false, tile);
            tile->A = left + (now * tile->APanelStride);
            tile->C += now * tile->CPanelStride;
            count -= now;
        }
    }

    // What the next strip will read: its panels if they are there, or the rows that they are packed from.
    private void FetchStrip(ref Prefetcher fetch, int block, int strip)
    {
        var ready = states is null || Volatile.Read(ref StateOf(block, strip)) == Packed;
        var column = strip * layout.StripWidth;
        var size = b.Type.Size();
        if (!ready && b.ColumnStride == 1)
        {
            fetch.Strip(b.At(layout.Start(block), column), b.RowStride * size, layout.Length(block));
        }
        else if (!ready && b.ColumnStride == layout.Length(block))
        {
            // The columns of one strip lie one behind another.
            fetch.Strip(b.At(0, column), TwoLines, (int)(layout.StripWidth * b.ColumnStride * size / TwoLines));
        }
        else
        {
            fetch.Strip(panels + layout.Offset(block, strip), layout.StripBytes, layout.UnitsOf(block));
        }
    }

    // Whoever comes first packs; others wait for the few microseconds that it takes.
    private void EnsurePacked(int block, int strip)
    {
        ref var state = ref StateOf(block, strip);
        if (Volatile.Read(ref state) == Packed)
        {
            return;
        }

        if (Interlocked.CompareExchange(ref state, Packing, Unpacked) == Unpacked)
        {
            layout.PackStrip(kernels, b, block, strip, panels);
            Volatile.Write(ref state, Packed);
            return;
        }

        var spinner = default(SpinWait);
        while (Volatile.Read(ref state) != Packed)
        {
            spinner.SpinOnce(sleep1Threshold: -1);
        }
    }

    private ref int StateOf(int block, int strip) => ref states[((block - firstBlock) * layout.Strips) + strip];
}
