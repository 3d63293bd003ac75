using System.Runtime.InteropServices;
using Luthier.Tensors.Assembly;

namespace Luthier.Tensors.Matrices;

/// <summary>Rows of bytes in memory.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe record struct ByteRows(nint Address, long Stride, int Rows, int RowBytes);

/// <summary>
/// Says what tiles fetch on the side, two cache lines at every second step: while a strip of B is multiplied, the next
/// strip comes first. During the last strips, so that it is not driven out again, comes what the next rows of A will
/// be made from.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal unsafe struct Prefetcher
{
    private const int TwoLines = 128;
    private const int StepsPerFetch = 2;

    private readonly ByteRows later;
    private readonly int fetchesPerPanel;
    private readonly int panelsPerSlice;
    private int stripsBefore;
    private int offset;
    private int panelsLeft;
    private byte* pointer;
    private long stride;

    /// <param name="later">What will be read after the strips: fetched by columns of two lines.</param>
    /// <param name="steps">Steps of a panel.</param>
    /// <param name="panels">Panels that are multiplied with each strip.</param>
    public Prefetcher(in ByteRows later, int steps, int panels, int strips)
    {
        this.later = later;
        fetchesPerPanel = Math.Max(1, steps / StepsPerFetch);
        panelsPerSlice = Math.Max(1, (later.Rows + fetchesPerPanel - 1) / fetchesPerPanel);
        var slices = (later.RowBytes + TwoLines - 1) / TwoLines;
        var free = Math.Max(1, panels - StepsPerFetch);
        stripsBefore = Math.Max(0, strips - (((slices * panelsPerSlice) + free - 1) / free));
    }

    /// <summary>A strip begins, in whose first panels so many pairs of lines are fetched, a stride apart.</summary>
    public void Strip(byte* first, long firstStride, int fetches)
    {
        panelsLeft = Math.Max(1, (fetches + fetchesPerPanel - 1) / fetchesPerPanel);
        pointer = first;
        stride = firstStride;
        stripsBefore--;
    }

    /// <summary>Sets what the next panels fetch; returns how many of them may run.</summary>
    public int Set(TileArguments* tile, int panels)
    {
        if (panelsLeft == 0)
        {
            NextSlice();
        }

        var now = Math.Min(panels, panelsLeft);
        tile->Prefetch = pointer;
        tile->PrefetchStride = stride;
        panelsLeft -= now;
        pointer += (long)fetchesPerPanel * now * stride;
        return now;
    }

    private void NextSlice()
    {
        if (stripsBefore >= 0 || offset >= later.RowBytes)
        {
            // Nothing to fetch: the same line again and again, which is there.
            panelsLeft = int.MaxValue;
            stride = 0;
            return;
        }

        panelsLeft = panelsPerSlice;
        pointer = (byte*)later.Address + offset;
        stride = later.Stride;
        offset += TwoLines;
    }
}
