using System.Runtime.InteropServices;

namespace Luthier.Tensors.Assembly;

/// <summary>
/// What a tile kernel works on: for each of <see cref="Panels"/> groups of its rows,
/// C [rows, width] = Alpha · Σ over steps of A [rows, step] · B [step, width], or C += … when accumulating.
/// A step is one float32, or a pair of bfloat16 that lie side by side. All strides are in bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TileArguments
{
    public byte* A;
    public long ARowStride;
    public long AStepStride;
    public long APanelStride;
    public byte* B;
    public long BStepStride;
    public byte* C;
    public long CRowStride;
    public long CPanelStride;

    /// <summary>One or more.</summary>
    public long Steps;

    /// <summary>One or more; assembled kernels count it down to zero.</summary>
    public long Panels;

    /// <summary>
    /// Two cache lines here are fetched into the second-level cache at every second step, a stride apart; any address
    /// will do.
    /// </summary>
    public byte* Prefetch;
    public long PrefetchStride;
    public float Alpha;
    public int Accumulate;

    /// <summary>Columns of the last vector of a masked kernel, 1..lanes.</summary>
    public long LastLanes;
}
