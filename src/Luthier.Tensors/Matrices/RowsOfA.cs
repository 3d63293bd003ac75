using System.Runtime.InteropServices;
using Luthier.Tensors.Assembly;

namespace Luthier.Tensors.Matrices;

/// <summary>Some rows of A over a block of k, as tiles read them; strides in bytes.</summary>
/// <param name="FixedPanelStride">From one panel to the next; 0: panels follow each other by rows.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe record struct PanelsOfA(nint Address, long RowStride, long StepStride, long FixedPanelStride)
{
    public byte* Data => (byte*)Address;

    public long PanelStride(int tileRows) => FixedPanelStride != 0 ? FixedPanelStride : tileRows * RowStride;
}

/// <summary>Some rows of a matrix.</summary>
internal readonly record struct RowRange(int First, int Count);

/// <summary>
/// Brings rows of the left operand into an order that tiles can read: as they are if they are rows of the right type,
/// converted row by row, or, if A is transposed, cut into panels of as many rows as a tile has.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct RowsOfA
{
    /// <summary>A panel's units of one step: a cache line whatever the height of the tile.</summary>
    public const int PanelStepBytes = 64;

    // Rows of a transposed A that are read together, so that panels find them in the first-level cache.
    private const int ChunkUnits = 32;

    // Rows whose distance is a multiple of this fall on the same few lines of the first-level cache.
    private const int ConflictBytes = 4096;

    private readonly MatrixKernels kernels;
    private readonly MatrixView a;
    private readonly PackedLayout layout;
    private readonly Way way;

    public RowsOfA(MatrixKernels kernels, in MatrixView a, in PackedLayout layout)
    {
        this.kernels = kernels;
        this.a = a;
        this.layout = layout;
        way = Choose(a, layout);
    }

    private enum Way
    {
        AsTheyAre,
        Converted,
        Panels,
    }

    private long ConvertedStride => (((long)layout.BlockUnits * MatrixKernels.UnitBytes) + 127) & -64;

    /// <summary>Whether bringing rows costs anything.</summary>
    public bool IsCopied => way != Way.AsTheyAre;

    /// <summary>Scratch memory that so many rows need.</summary>
    public long ScratchBytes(int rows) =>
        way switch
        {
            Way.AsTheyAre => 0,
            Way.Converted => rows * ConvertedStride,
            _ => (long)Blocking.PanelCount(rows, kernels.TileRows) * layout.BlockUnits * PanelStepBytes,
        };

    /// <summary>The memory that <see cref="Bring"/> will read.</summary>
    public ByteRows Source(RowRange range, int block)
    {
        if (range.Count == 0)
        {
            return default;
        }

        var first = (nint)a.At(range.First, layout.Start(block));
        var size = a.Type.Size();
        var length = layout.Length(block);
        return way == Way.Panels
            ? new ByteRows(first, a.ColumnStride * size, length, range.Count * size)
            : new ByteRows(first, a.RowStride * size, range.Count, length * size);
    }

    /// <summary>Makes rows readable, in scratch memory if need be.</summary>
    public PanelsOfA Bring(RowRange range, int block, byte* scratch)
    {
        var (firstRow, rows) = range;
        switch (way)
        {
            case Way.AsTheyAre:
                var data = a.At(firstRow, layout.Start(block));
                return new PanelsOfA((nint)data, a.RowStride * a.Type.Size(), MatrixKernels.UnitBytes, 0);
            case Way.Converted:
                ConvertRows(firstRow, rows, block, scratch);
                return new PanelsOfA((nint)scratch, ConvertedStride, MatrixKernels.UnitBytes, 0);
            default:
                CutPanels(firstRow, rows, block, scratch);
                var panelStride = (long)layout.UnitsOf(block) * PanelStepBytes;
                return new PanelsOfA((nint)scratch, MatrixKernels.UnitBytes, PanelStepBytes, panelStride);
        }
    }

    private static Way Choose(in MatrixView a, in PackedLayout layout)
    {
        if (a.ColumnStride != 1)
        {
            return Way.Panels;
        }

        var fits = layout.Pairs ? a.Type == DType.BFloat16 && layout.K % 2 == 0 : a.Type == DType.Float32;
        var conflicts = a.RowStride * a.Type.Size() % ConflictBytes == 0 && a.Rows > 1;
        return fits && !conflicts ? Way.AsTheyAre : Way.Converted;
    }

    private void ConvertRows(int firstRow, int rows, int block, byte* scratch)
    {
        var stride = ConvertedStride;
        var length = layout.Length(block);
        for (var row = 0; row < rows; row++)
        {
            var target = scratch + (row * stride);
            kernels.Convert(a.At(firstRow + row, layout.Start(block)), a.Type, target, layout.Pairs, length);
            if (layout.Pairs && length % 2 != 0)
            {
                ((ushort*)target)[length] = 0;
            }
        }
    }

    private void CutPanels(int firstRow, int rows, int block, byte* scratch)
    {
        var (tall, low, height) = Blocking.Panels(rows, kernels.TileRows);
        var chunk = ChunkUnits * (layout.Pairs ? 2 : 1);
        var length = layout.Length(block);
        var panelBytes = (long)layout.UnitsOf(block) * PanelStepBytes;
        for (var start = 0; start < length; start += chunk)
        {
            var row = firstRow;
            var target = scratch + ((long)(start / chunk) * ChunkUnits * PanelStepBytes);
            for (var panel = 0; panel < tall + low; panel++)
            {
                var lanes = panel < tall ? height + 1 : height;
                var source = new PackArguments(
                    a.At(row, layout.Start(block) + start),
                    a.Type,
                    lanes,
                    a.RowStride,
                    Math.Min(chunk, length - start),
                    a.ColumnStride
                );
                kernels.Pack(source, layout.Pairs, target, PanelStepBytes);
                target += panelBytes;
                row += lanes;
            }
        }
    }
}
