using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Luthier.Tensors.Matrices;

/// <summary>Rows of bytes in memory.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe record struct ByteRows(nint Address, long Stride, int Rows, int RowBytes);

/// <summary>Brings memory into the second-level cache, a few lines at each step of other work.</summary>
[StructLayout(LayoutKind.Auto)]
internal unsafe struct Prefetcher
{
    private const int Line = 64;

    // More at once would wait for one another.
    private const int MaxLinesPerStep = 16;

    private readonly ByteRows source;
    private readonly int linesPerStep;
    private int row;
    private int column;

    /// <param name="steps">How often <see cref="Step"/> will be called.</param>
    public Prefetcher(in ByteRows source, int steps)
    {
        this.source = source;
        var lines = (long)source.Rows * (((source.RowBytes + Line - 1) / Line) + 1);
        linesPerStep = (int)Math.Min(MaxLinesPerStep, (lines / Math.Max(1, steps)) + 1);
    }

    public void Step()
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        for (var i = 0; i < linesPerStep && row < source.Rows; i++)
        {
            Sse.Prefetch1((byte*)source.Address + (row * source.Stride) + Math.Min(column, source.RowBytes - 1));
            column += Line;
            if (column >= source.RowBytes + Line - 1)
            {
                column = 0;
                row++;
            }
        }
    }
}
