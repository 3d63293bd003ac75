using Luthier.Tensors.Matrices;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Devices;

public sealed unsafe partial class CpuDevice
{
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
        var left = MatrixView.Of(a, transposeA);
        var right = MatrixView.Of(b, transposeB);
        Matrices.Multiply(left, right, c.Float32, c.Columns, alpha, accumulate, precision);
    }
}
