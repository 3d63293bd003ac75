using Luthier.Tensors.Assembly;
using Luthier.Tensors.Memory;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Matrices;

/// <summary>
/// The right operand of matrix products, packed once to be multiplied many times. It does not follow later changes of
/// the matrix that it was made from.
/// </summary>
public sealed unsafe class PackedMatrix : IDisposable
{
    private readonly NativeMemory memory;

    internal PackedMatrix(Isa isa, in PackedLayout layout)
    {
        Isa = isa;
        Layout = layout;
        memory = new NativeMemory(layout.Bytes);
    }

    public int Rows => Layout.K;

    public int Columns => Layout.N;

    /// <summary>Memory it takes.</summary>
    public long Bytes => memory.Bytes;

    public MatMulPrecision Precision => Layout.Pairs ? MatMulPrecision.BFloat16 : MatMulPrecision.Float32;

    internal Isa Isa { get; }

    internal PackedLayout Layout { get; }

    internal byte* Panels => memory.Pointer;

    public void Dispose() => memory.Dispose();
}
