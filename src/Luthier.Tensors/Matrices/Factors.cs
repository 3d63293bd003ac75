using System.Runtime.InteropServices;

namespace Luthier.Tensors.Matrices;

/// <summary>All of a product but its right operand: c = Alpha · a · …, or c += … when accumulating.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct Factors(in MatrixView a, float* c, long cStride, float alpha, bool accumulate)
{
    public readonly MatrixView A = a;
    public readonly float* C = c;

    /// <summary>Elements from one row of c to the next.</summary>
    public readonly long CStride = cStride;
    public readonly float Alpha = alpha;
    public readonly bool Accumulate = accumulate;

    /// <summary>Only some rows of a and c.</summary>
    public Factors Rows(int first, int count) =>
        new(A.Part(first, 0, count, A.Columns), C + (first * CStride), CStride, Alpha, Accumulate);

    /// <summary>Only the columns of c from one on.</summary>
    public Factors Columns(int first) => new(A, C + first, CStride, Alpha, Accumulate);
}
