using Luthier.Tensors.Matrices;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Devices;

public sealed unsafe partial class CpuDevice
{
    private readonly QuantizedProduct quantizedProduct;

    public override void Project(
        Tensor x,
        ReadOnlySpan<Tensor> weights,
        ReadOnlySpan<Tensor> ys,
        MatMulPrecision precision = MatMulPrecision.Float32
    )
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        quantizedProduct.Begin(x.Float32, x.Rows, x.Columns);
        for (var i = 0; i < weights.Length; i++)
        {
            Operations.MatMul.Shape(x, false, weights[i], true, ys[i]);
            if (weights[i].DType.IsQuantized())
            {
                quantizedProduct.Add(packedWeights.KeepQuantized(weights[i], Team), ys[i].Float32);
            }
            else
            {
                var packed = packedWeights.Keep(weights[i], precision);
                Matrices.Multiply(MatrixView.Of(x, false), packed, ys[i].Float32, ys[i].Columns);
            }
        }

        quantizedProduct.Run();
        GC.KeepAlive(x);
    }

    public override void Prepare(Tensor weight, MatMulPrecision precision)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (weight.DType.IsQuantized())
        {
            packedWeights.KeepQuantized(weight, Team);
        }
        else
        {
            packedWeights.Keep(weight, precision);
        }
    }
}
