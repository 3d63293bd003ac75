using Luthier.Tensors.Assembly;

namespace Luthier.Tensors.Matrices;

/// <summary>
/// One product by tiles, as work that any number of threads share: c is cut into tasks of some rows and some strips,
/// and whoever is free takes the next. Strips of B that are not packed yet are packed by whoever needs them first.
/// </summary>
/// <remarks>
/// A task goes through the blocks of k in order. For each it brings its rows of A into reading order (1), then, for
/// each strip, makes sure that it is packed (2) and multiplies (3).
/// </remarks>
internal sealed unsafe class ProductJob(MatrixKernels kernels)
{
    private const int Unpacked = 0;
    private const int Packing = 1;
    private const int Packed = 2;

    private MatrixView a;
    private MatrixView b;
    private PackedLayout layout;
    private byte* panels;
    private int* states;
    private int firstBlock;
    private int endBlock;
    private float* c;
    private long cStride;
    private float alpha;
    private bool accumulate;
    private RowsOfA rows;
    private int rowTasks;
    private int columnTasks;
    private int next;

    /// <summary>How many tasks there are, so that nobody need wake up for nothing.</summary>
    public int Tasks => rowTasks * columnTasks;

    /// <summary>Takes a left operand and a result.</summary>
    public void SetProduct(in MatrixView left, float* result, long resultStride, float factor, bool add)
    {
        a = left;
        c = result;
        cStride = resultStride;
        alpha = factor;
        accumulate = add;
    }

    /// <summary>Takes a right operand that is packed already.</summary>
    public void SetPacked(in PackedLayout packedLayout, byte* packedPanels)
    {
        layout = packedLayout;
        panels = packedPanels;
        states = null;
        firstBlock = 0;
        endBlock = layout.Blocks;
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
        firstBlock = first;
        endBlock = end;
        panels = memory - packedLayout.Offset(first, 0);
        states = stripStates;
        new Span<int>(stripStates, (end - first) * packedLayout.Strips).Clear();
    }

    /// <summary>Cuts the work for so many threads.</summary>
    public void Split(int threads)
    {
        rows = new RowsOfA(kernels, a, layout);
        rowTasks = Blocking.RowTasks(a.Rows, kernels.TileRows, threads);
        columnTasks = Blocking.ColumnTasks(rowTasks, layout.Strips, threads);
        next = 0;
    }

    /// <summary>Bytes of scratch memory that each thread must bring.</summary>
    public long ScratchBytes => rows.ScratchBytes(((a.Rows + rowTasks - 1) / rowTasks) + 1);

    /// <summary>Works until no task is left.</summary>
    /// <param name="share">Where among the strips to begin, 0..1: threads that begin apart pack different strips.</param>
    public void Work(byte* scratch, float share)
    {
        int task;
        while ((task = Interlocked.Increment(ref next) - 1) < Tasks)
        {
            var (column, row) = Math.DivRem(task, rowTasks);
            var firstRow = (int)((long)a.Rows * row / rowTasks);
            var endRow = (int)((long)a.Rows * (row + 1) / rowTasks);
            var firstStrip = (int)((long)layout.Strips * column / columnTasks);
            var endStrip = (int)((long)layout.Strips * (column + 1) / columnTasks);
            Run(firstRow, endRow - firstRow, firstStrip, endStrip, scratch, share);
        }
    }

    private void Run(int firstRow, int rowCount, int firstStrip, int endStrip, byte* scratch, float share)
    {
        var strips = endStrip - firstStrip;
        var start = (int)(strips * share);
        for (var block = firstBlock; block < endBlock; block++)
        {
            // (1)
            var source = rows.Bring(firstRow, rowCount, block, scratch);
            for (var i = 0; i < strips; i++)
            {
                // (2)
                var strip = firstStrip + ((start + i) % strips);
                if (states is not null)
                {
                    EnsurePacked(block, strip);
                }

                // (3)
                var following = firstStrip + ((start + i + 1) % strips);
                Multiply(source, firstRow, rowCount, block, strip, panels + layout.Offset(block, following));
            }
        }
    }

    private void Multiply(in PanelsOfA source, int firstRow, int rowCount, int block, int strip, byte* prefetch)
    {
        var column = strip * layout.StripWidth;
        var (tall, low, height) = Blocking.Panels(rowCount, kernels.TileRows);
        var arguments = new TileArguments
        {
            ARowStride = source.RowStride,
            AStepStride = source.StepStride,
            BStepStride = layout.StripBytes,
            CRowStride = cStride * sizeof(float),
            Steps = layout.UnitsOf(block),
            Prefetch = prefetch,
            PrefetchStride = 128,
            Alpha = alpha,
            Accumulate = accumulate || block > 0 ? 1 : 0,
        };
        arguments.A = source.Data;
        arguments.C = (byte*)(c + (firstRow * cStride) + column);
        RunPanels(&arguments, source, tall, height + 1, block, strip);
        RunPanels(&arguments, source, low, height, block, strip);
    }

    // Some panels of the same height; moves the rows of A and C on behind them.
    private void RunPanels(TileArguments* tile, in PanelsOfA source, int count, int height, int block, int strip)
    {
        if (count == 0)
        {
            return;
        }

        tile->APanelStride = source.PanelStride(height);
        tile->CPanelStride = height * tile->CRowStride;
        tile->B = panels + layout.Offset(block, strip);
        tile->Panels = count;
        var first = tile->A;
        kernels.Tile(height, Math.Min(layout.StripWidth, layout.N - (strip * layout.StripWidth)), layout.Pairs, tile);
        tile->A = first + (count * tile->APanelStride);
        tile->C += count * tile->CPanelStride;
    }

    // Whoever comes first packs; others wait for the few microseconds that it takes.
    private void EnsurePacked(int block, int strip)
    {
        ref var state = ref states[((block - firstBlock) * layout.Strips) + strip];
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
}
