using Luthier.Tensors.Assembly;
using Luthier.Tensors.Operations;
using Luthier.Tensors.Threading;

namespace Luthier.Tensors.Matrices;

/// <summary>
/// Matrix products on pointers, for a team of threads and for each of its members alone. It owns the memory that they
/// pack into; see <see cref="MatMul"/> for what a product promises.
/// </summary>
/// <remarks>Products by the team are asked for from one thread at a time.</remarks>
public sealed unsafe class MatrixMultiplier : IDisposable
{
    // Multiplications below which waking the team costs more than it brings.
    private const long SmallProduct = 1 << 18;

    private readonly MatrixKernels kernels;
    private readonly ThreadTeam team;
    private readonly ProductCrew together;
    private readonly ProductCrew[] alone;

    public MatrixMultiplier(Isa isa, ThreadTeam team)
    {
        this.team = team;
        kernels = MatrixKernels.For(isa);
        together = new ProductCrew(kernels, team);
        alone = new ProductCrew[team.Count];
        for (var i = 0; i < alone.Length; i++)
        {
            alone[i] = new ProductCrew(kernels, team: null);
        }
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
    ) => Multiply(CrewFor(a, b.Columns), new Factors(a, c, cStride, alpha, accumulate), b, precision);

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
    ) => Multiply(alone[member], new Factors(a, c, cStride, alpha, accumulate), b, precision);

    /// <summary>The product with a packed matrix, by the whole team; not from inside its work.</summary>
    public void Multiply(
        in MatrixView a,
        PackedMatrix b,
        float* c,
        long cStride,
        float alpha = 1,
        bool accumulate = false
    ) => Multiply(CrewFor(a, b.Columns), new Factors(a, c, cStride, alpha, accumulate), b);

    /// <summary>The product with a packed matrix by one member alone, inside the team's work.</summary>
    public void MultiplyAlone(
        int member,
        in MatrixView a,
        PackedMatrix b,
        float* c,
        long cStride,
        float alpha = 1,
        bool accumulate = false
    ) => Multiply(alone[member], new Factors(a, c, cStride, alpha, accumulate), b);

    /// <summary>Whether products of that precision round their operands to bfloat16.</summary>
    internal bool HasPairs(MatMulPrecision precision) => precision == MatMulPrecision.BFloat16 && kernels.HasPairs;

    /// <summary>Rounds float32 to bfloat16 as products do, in the first half of the same memory.</summary>
    internal void Narrow(float* values, long count) =>
        kernels.Convert((byte*)values, DType.Float32, (byte*)values, toBFloat16: true, count);

    /// <summary>Packs the right operand of products to come, by the whole team.</summary>
    public PackedMatrix Pack(MatrixView b, MatMulPrecision precision)
    {
        var layout = new PackedLayout(kernels, b.Rows, b.Columns, HasPairs(precision));
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

    /// <summary>Memory that <see cref="Pack"/> takes.</summary>
    public long PackedBytes(in MatrixView b, MatMulPrecision precision) =>
        new PackedLayout(kernels, b.Rows, b.Columns, HasPairs(precision)).Bytes;

    public void Dispose()
    {
        together.Dispose();
        foreach (var crew in alone)
        {
            crew.Dispose();
        }
    }

    private void Multiply(ProductCrew crew, in Factors factors, in MatrixView b, MatMulPrecision precision)
    {
        Check(factors.A, b.Rows);
        if (!IsTrivial(factors, b.Columns))
        {
            crew.Multiply(factors, b, HasPairs(precision));
        }
    }

    private void Multiply(ProductCrew crew, in Factors factors, PackedMatrix b)
    {
        Check(factors.A, b.Rows);
        if (b.Isa != kernels.Isa)
        {
            throw new ArgumentException(
                $"matrix packed for {b.Isa.Name()} can't be multiplied by {kernels.Isa.Name()}"
            );
        }

        if (!IsTrivial(factors, b.Columns))
        {
            crew.Multiply(factors, b);
        }
    }

    private ProductCrew CrewFor(in MatrixView a, int n) =>
        team.Count == 1 || (long)a.Rows * a.Columns * n < SmallProduct ? alone[0] : together;

    // Nothing to multiply: c becomes zero, or stays.
    private static bool IsTrivial(in Factors factors, int n)
    {
        if (factors.A.Rows > 0 && n > 0 && factors.A.Columns > 0)
        {
            return false;
        }

        for (var row = 0; row < factors.A.Rows && !factors.Accumulate; row++)
        {
            new Span<float>(factors.C + (row * factors.CStride), n).Clear();
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
}
