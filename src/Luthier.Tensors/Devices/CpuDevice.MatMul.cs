using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Devices;

public sealed partial class CpuDevice
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
        Operations.MatMul.Reference(a, transposeA, b, transposeB, c, alpha, accumulate, precision);
    }
}
