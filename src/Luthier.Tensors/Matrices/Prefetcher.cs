using System.Runtime.InteropServices;
using Luthier.Tensors.Assembly;

namespace Luthier.Tensors.Matrices;

/// <summary>Rows of bytes in memory.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe record struct ByteRows(nint Address, long Stride, int Rows, int RowBytes);

/// <summary>
/// Says what tiles fetch on the side, two cache lines at every fourth step: while a strip of B is multiplied, the
/// next strip comes first, then some of what the next rows of A will be made from.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal unsafe struct Prefetcher
{
    private const int TwoLines = 128;
    private const int StepsPerFetch = 4;

    private readonly ByteRows later;
    private readonly int panelsPerSlice;
    private int offset;
    private int panelsLeft;
    private byte* pointer;
    private long stride;

    /// <param name="later">What will be read after the strips: fetched by columns of two lines.</param>
    /// <param name="steps">Steps of a panel.</param>
    public Prefetcher(in ByteRows later, int steps)
    {
        this.later = later;
        var fetches = Math.Max(1, steps / StepsPerFetch);
        panelsPerSlice = Math.Max(1, (later.Rows + fetches - 1) / fetches);
    }

    /// <summary>A strip begins, in whose first panels something as large is fetched.</summary>
    public void Strip(byte* first, long firstStride)
    {
        panelsLeft = StepsPerFetch;
        pointer = first;
        stride = firstStride;
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
        pointer += tile->Steps / StepsPerFetch * now * stride;
        return now;
    }

    private void NextSlice()
    {
        if (offset >= later.RowBytes)
        {
            // Nothing left: the same line again and again, which is there.
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
