using Luthier.Tensors.Matrices;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Devices;

public sealed unsafe partial class CpuDevice
{
    public override void Project(
        Tensor x,
        ReadOnlySpan<Tensor> weights,
        ReadOnlySpan<Tensor> ys,
        MatMulPrecision precision = MatMulPrecision.Float32
    )
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        for (var i = 0; i < weights.Length; i++)
        {
            Operations.MatMul.Shape(x, false, weights[i], true, ys[i]);
            var packed = packedWeights.Keep(weights[i], precision);
            Matrices.Multiply(MatrixView.Of(x, false), packed, ys[i].Float32, ys[i].Columns);
        }

        GC.KeepAlive(x);
    }
}
