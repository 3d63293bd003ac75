using Luthier.Tensors.Assembly;
using Luthier.Tensors.Memory;
using Luthier.Tensors.Threading;

namespace Luthier.Tensors.Matrices;

/// <summary>
/// The threads that compute one product at a time together, and the memory that they pack into: a whole team, or one
/// thread alone.
/// </summary>
internal sealed unsafe class ProductCrew : IDisposable
{
    // B is packed in pieces of at most so many bytes.
    private const long MaxPackedBytes = 24L << 20;

    // Rather fewer blocks of k in a piece than fewer columns than this, as A is read again for each piece.
    private const int FewColumns = 1024;

    // What it costs to bring or pack an element, in multiply-adds of one lane, about.
    private const int CopyCost = 8;

    private readonly MatrixKernels kernels;
    private readonly ThreadTeam? team;
    private readonly ProductPart[] parts;
    private readonly Scratch[] left;
    private readonly Scratch panels = new();
    private readonly Scratch states = new();
    private readonly FewRowsProduct fewRows;
    private readonly Action<int> work;

    /// <param name="team">Null: whoever calls, alone.</param>
    public ProductCrew(MatrixKernels kernels, ThreadTeam? team)
    {
        this.kernels = kernels;
        this.team = team;
        parts = new ProductPart[team?.Count ?? 1];
        left = new Scratch[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = new ProductPart(kernels);
            left[i] = new Scratch();
        }

        fewRows = new FewRowsProduct(kernels, team);
        work = Work;
    }

    public void Multiply(in Factors factors, in MatrixView b, bool pairs)
    {
        if (fewRows.TryMultiply(factors, b))
        {
            return;
        }

        var whole = new PackedLayout(kernels, b.Rows, b.Columns, pairs);
        var piece = PieceOf(whole);
        for (var column = 0; column < b.Columns; column += piece.Columns)
        {
            var columns = Math.Min(piece.Columns, b.Columns - column);
            var layout = whole.WithColumns(columns);
            var right = b.Part(0, column, b.Rows, columns);
            for (var block = 0; block < whole.Blocks; block += piece.Blocks)
            {
                var end = Math.Min(block + piece.Blocks, whole.Blocks);
                Cut(factors.Columns(column), right, layout, block, end);
                Run();
            }
        }
    }

    public void Multiply(in Factors factors, PackedMatrix b)
    {
        var layout = b.Layout;
        var rows = factors.A.Rows;
        var cost = new RowsOfA(kernels, factors.A, layout).IsCopied ? CopyCost : 0;
        var (down, across) = Blocking.Grid(parts.Length, rows, layout.N, layout.StripWidth, (cost, 0));
        for (var i = 0; i < parts.Length; i++)
        {
            var (row, column) = Math.DivRem(i, across);
            var (start, end) = Blocking.Share(rows, 1, row, down);
            var (firstStrip, endStrip) = Blocking.Share(layout.Strips, 1, column, across);
            parts[i].SetProduct(factors.Rows(start, end - start));
            parts[i].SetPacked(layout, b.Panels, firstStrip, endStrip);
        }

        Run();
    }

    public void Dispose()
    {
        fewRows.Dispose();
        panels.Dispose();
        states.Dispose();
        foreach (var scratch in left)
        {
            scratch.Dispose();
        }
    }

    // One part for each member, with room of its own for the columns that it packs.
    private void Cut(in Factors factors, in MatrixView b, in PackedLayout layout, int block, int end)
    {
        var unit = layout.StripWidth / 2;
        var rows = factors.A.Rows;
        var cost = new RowsOfA(kernels, factors.A, layout).IsCopied ? CopyCost : 0;
        var (down, across) = Blocking.Grid(parts.Length, rows, b.Columns, unit, (cost, CopyCost));
        var units = (b.Columns + unit - 1) / unit;
        var largest = layout.WithColumns((units + across - 1) / across * unit);
        var bytes = largest.Offset(end - 1, largest.Strips) - largest.Offset(block, 0);
        var stripStates = (end - block) * largest.Strips;
        var memory = panels.Bytes(bytes * parts.Length);
        var stateMemory = (int*)states.Bytes((long)stripStates * parts.Length * sizeof(int));
        for (var i = 0; i < parts.Length; i++)
        {
            var (row, column) = Math.DivRem(i, across);
            var (firstRow, endRow) = Blocking.Share(rows, 1, row, down);
            var (first, last) = Blocking.Share(b.Columns, unit, column, across);
            parts[i].SetProduct(factors.Rows(firstRow, endRow - firstRow).Columns(first));
            parts[i]
                .SetUnpacked(
                    layout.WithColumns(last - first),
                    b.Part(0, first, b.Rows, last - first),
                    block,
                    end,
                    memory + (i * bytes),
                    stateMemory + (i * stripStates)
                );
        }
    }

    private void Run()
    {
        var bytes = 0L;
        foreach (var part in parts)
        {
            bytes = Math.Max(bytes, part.ScratchBytes);
        }

        foreach (var scratch in left)
        {
            scratch.Bytes(bytes);
        }

        if (team is null)
        {
            Work(0);
        }
        else
        {
            team.Run(work);
        }
    }

    // Its own part first, then what others have left.
    private void Work(int member)
    {
        for (var i = 0; i < parts.Length; i++)
        {
            parts[(member + i) % parts.Length].Work(left[member].Pointer);
        }
    }

    private static (int Columns, int Blocks) PieceOf(in PackedLayout whole)
    {
        if (whole.Bytes <= MaxPackedBytes)
        {
            return (whole.N, whole.Blocks);
        }

        var stripBytes = (long)whole.Units * whole.StripBytes;
        var strips = (int)Math.Min(whole.Strips, MaxPackedBytes / stripBytes);
        var few = Math.Min(whole.Strips, FewColumns / whole.StripWidth);
        if (strips >= few)
        {
            return (strips * whole.StripWidth, whole.Blocks);
        }

        var blockBytes = (long)whole.BlockUnits * whole.StripBytes;
        var blocks = (int)Math.Clamp(MaxPackedBytes / (few * blockBytes), 1, whole.Blocks);
        return (few * whole.StripWidth, blocks);
    }
}
