using Luthier.Tensors.Assembly;
using Luthier.Tensors.Memory;
using Luthier.Tensors.Operations;
using Luthier.Tensors.Threading;

namespace Luthier.Tensors.Matrices;

/// <summary>
/// Matrix products on pointers, for a team of threads and for each of its members alone. It owns the memory that they
/// pack into; see <see cref="MatMul"/> for what a product promises.
/// </summary>
public sealed unsafe class MatrixMultiplier : IDisposable
{
    // Multiplications below which waking the team costs more than it brings.
    private const long SmallProduct = 1 << 18;

    // B is packed in pieces of at most so many bytes.
    private const long MaxPackedBytes = 24L << 20;

    private readonly MatrixKernels kernels;
    private readonly ThreadTeam team;
    private readonly WorkArea shared;
    private readonly WorkArea[] own;
    private readonly Action<int> work;

    public MatrixMultiplier(Isa isa, ThreadTeam team)
    {
        this.team = team;
        kernels = MatrixKernels.For(isa);
        shared = new WorkArea(kernels);
        own = new WorkArea[team.Count];
        for (var i = 0; i < own.Length; i++)
        {
            own[i] = new WorkArea(kernels);
        }

        work = member => shared.Job.Work(own[member].Left.Pointer, (float)member / team.Count);
    }

    /// <summary>c = alpha · a · b, or c += …, by the whole team; not from inside its work.</summary>
    /// <param name="a">[m, k].</param>
    /// <param name="b">[k, n].</param>
    /// <param name="c">[m, n], row-major.</param>
    /// <param name="cStride">Elements from one row of c to the next.</param>
    public void Multiply(
        in MatrixView a,
        in MatrixView b,
        float* c,
        long cStride,
        float alpha = 1,
        bool accumulate = false,
        MatMulPrecision precision = MatMulPrecision.Float32
    )
    {
        var alone = team.Count == 1 || (long)a.Rows * a.Columns * b.Columns < SmallProduct;
        Multiply(alone ? 0 : -1, a, b, c, cStride, alpha, accumulate, precision);
    }

    /// <summary>The same by one member alone, inside the team's work; members use it side by side.</summary>
    public void MultiplyAlone(
        int member,
        in MatrixView a,
        in MatrixView b,
        float* c,
        long cStride,
        float alpha = 1,
        bool accumulate = false,
        MatMulPrecision precision = MatMulPrecision.Float32
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegative(member);
        Multiply(member, a, b, c, cStride, alpha, accumulate, precision);
    }

    /// <summary>The product with a packed matrix, by the whole team; not from inside its work.</summary>
    public void Multiply(
        in MatrixView a,
        PackedMatrix b,
        float* c,
        long cStride,
        float alpha = 1,
        bool accumulate = false
    )
    {
        if (b.Isa != kernels.Isa)
        {
            throw new ArgumentException(
                $"matrix packed for {b.Isa.Name()} can't be multiplied by {kernels.Isa.Name()}"
            );
        }

        Check(a, b.Rows);
        if (IsTrivial(a, b.Columns, c, cStride, accumulate))
        {
            return;
        }

        var alone = team.Count == 1 || (long)a.Rows * a.Columns * b.Columns < SmallProduct;
        var area = alone ? own[0] : shared;
        area.Job.SetProduct(a, c, cStride, alpha, accumulate);
        area.Job.SetPacked(b.Layout, b.Panels);
        Run(area, alone ? 0 : -1);
    }

    /// <summary>Packs the right operand of products to come, by the whole team.</summary>
    public PackedMatrix Pack(MatrixView b, MatMulPrecision precision)
    {
        var layout = new PackedLayout(kernels, b.Rows, b.Columns, IsPaired(precision));
        var packed = new PackedMatrix(kernels.Isa, layout);
        team.For(
            layout.Blocks * layout.Strips,
            1,
            (start, end) =>
            {
                for (var i = start; i < end; i++)
                {
                    layout.PackStrip(kernels, b, i / layout.Strips, i % layout.Strips, packed.Panels);
                }
            }
        );
        return packed;
    }

    public void Dispose()
    {
        shared.Dispose();
        foreach (var area in own)
        {
            area.Dispose();
        }
    }

    private void Multiply(
        int member,
        in MatrixView a,
        in MatrixView b,
        float* c,
        long cStride,
        float alpha,
        bool accumulate,
        MatMulPrecision precision
    )
    {
        Check(a, b.Rows);
        if (IsTrivial(a, b.Columns, c, cStride, accumulate))
        {
            return;
        }

        var area = member < 0 ? shared : own[member];
        var whole = new PackedLayout(kernels, b.Rows, b.Columns, IsPaired(precision));
        var piece = PieceOf(whole);
        for (var column = 0; column < b.Columns; column += piece.Columns)
        {
            var columns = Math.Min(piece.Columns, b.Columns - column);
            var layout = whole.WithColumns(columns);
            var right = b.Part(0, column, b.Rows, columns);
            area.Job.SetProduct(a, c + column, cStride, alpha, accumulate);
            for (var block = 0; block < whole.Blocks; block += piece.Blocks)
            {
                var end = Math.Min(block + piece.Blocks, whole.Blocks);
                var bytes = layout.Offset(end - 1, layout.Strips) - layout.Offset(block, 0);
                area.Job.SetUnpacked(
                    layout,
                    right,
                    block,
                    end,
                    area.Right.Bytes(bytes),
                    (int*)area.States.Bytes((long)(end - block) * layout.Strips * sizeof(int))
                );
                Run(area, member);
            }
        }
    }

    private void Run(WorkArea area, int member)
    {
        area.Job.Split(member < 0 ? team.Count : 1);
        var bytes = area.Job.ScratchBytes;
        if (member >= 0)
        {
            area.Job.Work(area.Left.Bytes(bytes), 0);
            return;
        }

        foreach (var each in own)
        {
            each.Left.Bytes(bytes);
        }

        team.Run(work);
    }

    // As many columns and blocks as fit; rather fewer blocks than fewer columns than this, as A is read for each piece.
    private static (int Columns, int Blocks) PieceOf(in PackedLayout whole)
    {
        const int fewColumns = 1024;
        if (whole.Bytes <= MaxPackedBytes)
        {
            return (whole.N, whole.Blocks);
        }

        var stripBytes = (long)whole.Units * whole.StripBytes;
        var strips = (int)Math.Min(whole.Strips, MaxPackedBytes / stripBytes);
        var enough = Math.Min(whole.Strips, fewColumns / whole.StripWidth);
        if (strips >= enough)
        {
            return (strips * whole.StripWidth, whole.Blocks);
        }

        var blockBytes = (long)whole.BlockUnits * whole.StripBytes;
        var blocks = (int)Math.Clamp(MaxPackedBytes / (enough * blockBytes), 1, whole.Blocks);
        return (enough * whole.StripWidth, blocks);
    }

    private static bool IsTrivial(in MatrixView a, int n, float* c, long cStride, bool accumulate)
    {
        if (a.Rows > 0 && n > 0 && a.Columns > 0)
        {
            return false;
        }

        for (var row = 0; row < a.Rows && !accumulate; row++)
        {
            new Span<float>(c + (row * cStride), n).Clear();
        }

        return true;
    }

    private static void Check(in MatrixView a, int k)
    {
        if (a.Columns != k)
        {
            throw new ArgumentException($"matrix product: {a.Columns} columns on the left, {k} rows on the right");
        }
    }

    private bool IsPaired(MatMulPrecision precision) => precision == MatMulPrecision.BFloat16 && kernels.HasPairs;

    /// <summary>The memory of one product at a time.</summary>
    private sealed class WorkArea(MatrixKernels kernels) : IDisposable
    {
        public ProductJob Job { get; } = new(kernels);

        public Scratch Left { get; } = new();

        public Scratch Right { get; } = new();

        public Scratch States { get; } = new();

        public void Dispose()
        {
            Left.Dispose();
            Right.Dispose();
            States.Dispose();
        }
    }
}
