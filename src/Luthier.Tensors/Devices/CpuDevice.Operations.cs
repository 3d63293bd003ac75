using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Devices;

public sealed partial class CpuDevice
{
    public override void LinearCrossEntropy(
        Tensor hidden,
        Tensor weight,
        ReadOnlySpan<int> labels,
        float softcap,
        float gradientScale,
        Span<float> losses,
        Tensor? dHidden,
        bool accumulate,
        Tensor? dWeight,
        MatMulPrecision precision
    ) =>
        reference.LinearCrossEntropy(
            hidden,
            weight,
            labels,
            softcap,
            gradientScale,
            losses,
            dHidden,
            accumulate,
            dWeight,
            precision
        );
}
