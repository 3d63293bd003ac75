using Luthier.Tensors.Assembly;
using Luthier.Tensors.Memory;
using Luthier.Tensors.Threading;

namespace Luthier.Tensors.Matrices;

/// <summary>
/// Products of a large matrix with a few rows (or columns), which are bound by reading the large one: a weight by a
/// few tokens, or activations by a low-rank factor. The large matrix is read once, as it lies, and never copied.
/// Operands are multiplied in float32, whatever the precision asked for.
/// </summary>
internal sealed unsafe class FewRowsProduct : IDisposable
{
    // Below this, what happens at the ends of a dot product outweighs it.
    private const int MinDotLength = 32;

    // Members take long rows in multiples of what kernels take at once.
    private const int RowUnit = 12;

    // Steps of B that are on their way from memory while one is used.
    private const int StreamedAhead = 24;

    private readonly MatrixKernels kernels;
    private readonly ThreadTeam? team;
    private readonly Scratch few = new();
    private readonly Scratch result = new();
    private readonly Action<int> dotWork;
    private readonly Action<int> streamWork;

    // The product that is computed now: long rows (or columns) by few.
    private MatrixView large;
    private int fewCount;
    private long fewStride;
    private float* c;
    private long cLargeStride;
    private long cFewStride;
    private float alpha;
    private bool accumulate;

    /// <param name="team">Null: whoever calls, alone.</param>
    public FewRowsProduct(MatrixKernels kernels, ThreadTeam? team)
    {
        this.kernels = kernels;
        this.team = team;
        dotWork = Dot;
        streamWork = Stream;
    }

    /// <summary>Computes the product if it is of this kind.</summary>
    public bool TryMultiply(in Factors factors, in MatrixView b)
    {
        var a = factors.A;
        if (a.Columns >= MinDotLength && a.Rows <= MatrixKernels.MaxFewRows && b.RowStride == 1)
        {
            Set(factors, b.Transposed, a.Rows, 1, factors.CStride);
            FewAsRows(a);
            Run(dotWork);
        }
        else if (a.Columns >= MinDotLength && b.Columns <= MatrixKernels.MaxFewRows && a.ColumnStride == 1)
        {
            Set(factors, a, b.Columns, factors.CStride, 1);
            FewAsRows(b.Transposed);
            Run(dotWork);
        }
        else if (IsStreamed(a.Rows, b))
        {
            Set(factors, b, a.Rows, 1, factors.CStride);
            FewAsPanel(a);
            Run(streamWork);
        }
        else if (IsStreamed(b.Columns, a.Transposed))
        {
            StreamTransposed(factors, b);
        }
        else
        {
            return false;
        }

        return true;
    }

    public void Dispose()
    {
        few.Dispose();
        result.Dispose();
    }

    private bool IsStreamed(int count, in MatrixView matrix) =>
        count <= kernels.TileRows
        && matrix.ColumnStride == 1
        && matrix.Type == DType.Float32
        && matrix.Columns >= 4 * kernels.TileColumns;

    private void Set(in Factors factors, in MatrixView matrix, int count, long largeStride, long smallStride)
    {
        large = matrix;
        fewCount = count;
        c = factors.C;
        cLargeStride = largeStride;
        cFewStride = smallStride;
        alpha = factors.Alpha;
        accumulate = factors.Accumulate;
    }

    private void Run(Action<int> work)
    {
        if (team is null)
        {
            work(0);
        }
        else
        {
            team.Run(work);
        }
    }

    // The few rows as float32, one after another, each with room for the zeros that packing may write behind it.
    private void FewAsRows(in MatrixView rows)
    {
        fewStride = (rows.Columns + 15) & ~15;
        var target = few.Floats(rows.Rows * fewStride);
        if (rows.ColumnStride == 1)
        {
            for (var row = 0; row < rows.Rows; row++)
            {
                var to = (byte*)(target + (row * fewStride));
                kernels.Convert(rows.At(row, 0), rows.Type, to, toBFloat16: false, rows.Columns);
            }

            return;
        }

        // Seen the other way round: units of one lane each.
        var source = new PackArguments(
            rows.Data,
            rows.Type,
            rows.Columns,
            rows.ColumnStride,
            rows.Rows,
            rows.RowStride
        );
        kernels.Pack(source, pairs: false, (byte*)target, fewStride * sizeof(float));
    }

    // The few rows as one panel of a tile: a cache line for each step along k.
    private void FewAsPanel(in MatrixView rows)
    {
        fewStride = RowsOfA.PanelStepBytes / sizeof(float);
        var target = few.Floats(rows.Columns * fewStride);
        var source = new PackArguments(
            rows.Data,
            rows.Type,
            rows.Rows,
            rows.RowStride,
            rows.Columns,
            rows.ColumnStride
        );
        kernels.Pack(source, pairs: false, (byte*)target, RowsOfA.PanelStepBytes);
    }

    private void Dot(int member)
    {
        var (start, end) = Blocking.Share(large.Rows, RowUnit, member, team?.Count ?? 1);
        if (start == end)
        {
            return;
        }

        var arguments = new DotArguments
        {
            Long = large.At(start, 0),
            LongStride = large.RowStride * large.Type.Size(),
            Few = few.Pointer,
            FewStride = fewStride * sizeof(float),
            Length = large.Columns,
            C = (byte*)(c + (start * cLargeStride)),
            CLongStride = cLargeStride * sizeof(float),
            CFewStride = cFewStride * sizeof(float),
            Alpha = alpha,
            Accumulate = accumulate ? 1 : 0,
        };
        kernels.Dot(large.Type, end - start, fewCount, &arguments);
    }

    private void Stream(int member)
    {
        var (start, end) = Blocking.Share(large.Columns, kernels.TileColumns, member, team?.Count ?? 1);
        var rowBytes = large.RowStride * sizeof(float);
        for (var column = start; column < end; column += kernels.TileColumns)
        {
            var tile = new TileArguments
            {
                A = few.Pointer,
                ARowStride = sizeof(float),
                AStepStride = fewStride * sizeof(float),
                B = large.At(0, column),
                BStepStride = rowBytes,
                C = (byte*)(c + column),
                CRowStride = cFewStride * sizeof(float),
                Steps = large.Rows,
                Panels = 1,
                PrefetchStride = StreamedAhead * rowBytes,
                Alpha = alpha,
                Accumulate = accumulate ? 1 : 0,
            };
            kernels.Tile(fewCount, Math.Min(kernels.TileColumns, end - column), pairs: false, streamed: true, &tile);
        }
    }

    // Few columns and a transposed a: the transposed product, brought into c at the end.
    private void StreamTransposed(in Factors factors, in MatrixView b)
    {
        var rows = factors.A.Rows;
        var transposed = result.Floats((long)rows * b.Columns);
        Set(new Factors(factors.A, transposed, rows, 1, false), factors.A.Transposed, b.Columns, 1, rows);
        FewAsPanel(b.Transposed);
        Run(streamWork);
        for (var row = 0; row < rows; row++)
        {
            var target = factors.C + (row * factors.CStride);
            for (var column = 0; column < b.Columns; column++)
            {
                var sum = transposed[((long)column * rows) + row];
                target[column] = factors.Accumulate
                    ? MathF.FusedMultiplyAdd(sum, factors.Alpha, target[column])
                    : sum * factors.Alpha;
            }
        }
    }
}
