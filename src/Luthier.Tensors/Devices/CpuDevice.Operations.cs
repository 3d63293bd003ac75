using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Devices;

public sealed partial class CpuDevice
{
    public override void Attention(
        Tensor q,
        Tensor k,
        Tensor v,
        ReadOnlySpan<AttentionSegment> segments,
        in AttentionOptions options,
        Tensor y,
        Tensor? logSumExp
    ) => reference.Attention(q, k, v, segments, in options, y, logSumExp);

    public override void AttentionBackward(
        Tensor dY,
        Tensor q,
        Tensor k,
        Tensor v,
        Tensor y,
        Tensor logSumExp,
        ReadOnlySpan<AttentionSegment> segments,
        in AttentionOptions options,
        Tensor dQ,
        Tensor dK,
        Tensor dV,
        bool accumulate
    ) => reference.AttentionBackward(dY, q, k, v, y, logSumExp, segments, in options, dQ, dK, dV, accumulate);

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
