using Luthier.Tensors.Matrices;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Devices;

public sealed unsafe partial class CpuDevice
{
    private const long DefaultPackedWeightBudget = 512L << 20;

    private readonly PackedWeightCache packedWeights;

    /// <inheritdoc cref="Device.MatMul"/>
    public override void MatMul(
        Tensor a,
        bool transposeA,
        Tensor b,
        bool transposeB,
        Tensor c,
        float alpha = 1,
        bool accumulate = false,
        MatMulPrecision precision = MatMulPrecision.Float32
    )
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        Operations.MatMul.Shape(a, transposeA, b, transposeB, c);
        c.DropDeviceState();
        MultiplyBy(MatrixView.Of(a, transposeA), b, transposeB, c.Float32, c.Columns, alpha, accumulate, precision);

        // Views are pointers: an operand that its owner needs no more must not be collected meanwhile.
        GC.KeepAlive(a);
        GC.KeepAlive(c);
    }

    /// <summary>The most memory that packed copies of weights which no longer change may take; 0 keeps none.</summary>
    public long PackedWeightBudgetBytes
    {
        get => packedWeights.BudgetBytes;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            packedWeights.BudgetBytes = value;
        }
    }

    /// <summary>Memory that packed copies of weights take now.</summary>
    public long PackedWeightBytes => packedWeights.UsedBytes;

    /// <summary>c = alpha · a · op(b), with b's packed copy if there is one.</summary>
    internal void MultiplyBy(
        in MatrixView a,
        Tensor b,
        bool transposeB,
        float* c,
        long cStride,
        float alpha,
        bool accumulate,
        MatMulPrecision precision
    )
    {
        if (b.DType.IsQuantized())
        {
            MultiplyByBlocks(a, b, transposeB, c, cStride, alpha, accumulate, precision);
        }
        else if (packedWeights.Find(b, transposeB, precision, a.Rows) is { } packed)
        {
            Matrices.Multiply(a, packed, c, cStride, alpha, accumulate);
        }
        else
        {
            Matrices.Multiply(a, MatrixView.Of(b, transposeB), c, cStride, alpha, accumulate, precision);
        }

        GC.KeepAlive(b);
    }
}
