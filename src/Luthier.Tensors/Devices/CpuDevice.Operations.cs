using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Devices;

public sealed partial class CpuDevice
{
    public override void AddBias(Tensor y, Tensor bias) => reference.AddBias(y, bias);

    public override void SumRows(Tensor x, Tensor sum, bool accumulate) => reference.SumRows(x, sum, accumulate);

    public override void Add(Tensor x, Tensor y, bool accumulate) => reference.Add(x, y, accumulate);

    public override void Scale(Tensor x, float factor) => reference.Scale(x, factor);

    public override void Embedding(ReadOnlySpan<int> ids, Tensor table, Tensor y, float scale) =>
        reference.Embedding(ids, table, y, scale);

    public override void EmbeddingBackward(ReadOnlySpan<int> ids, Tensor dY, Tensor dTable, float scale) =>
        reference.EmbeddingBackward(ids, dY, dTable, scale);

    public override void RmsNorm(Tensor x, Tensor weight, Tensor y, Tensor? inverseRms, float epsilon, float offset) =>
        reference.RmsNorm(x, weight, y, inverseRms, epsilon, offset);

    public override void RmsNormBackward(
        Tensor dY,
        Tensor x,
        Tensor weight,
        Tensor inverseRms,
        float offset,
        Tensor? dX,
        bool accumulate,
        Tensor? dWeight
    ) => reference.RmsNormBackward(dY, x, weight, inverseRms, offset, dX, accumulate, dWeight);

    public override void LayerNorm(
        Tensor x,
        Tensor weight,
        Tensor? bias,
        Tensor y,
        Tensor? statistics,
        float epsilon
    ) => reference.LayerNorm(x, weight, bias, y, statistics, epsilon);

    public override void LayerNormBackward(
        Tensor dY,
        Tensor x,
        Tensor weight,
        Tensor statistics,
        Tensor? dX,
        bool accumulate,
        Tensor? dWeight,
        Tensor? dBias
    ) => reference.LayerNormBackward(dY, x, weight, statistics, dX, accumulate, dWeight, dBias);

    public override void Rope(Tensor x, Tensor cos, Tensor sin, bool inverse) => reference.Rope(x, cos, sin, inverse);

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

    public override void Gated(Activation activation, Tensor gate, Tensor? up, Tensor y) =>
        reference.Gated(activation, gate, up, y);

    public override void GatedBackward(
        Activation activation,
        Tensor dY,
        Tensor gate,
        Tensor? up,
        Tensor? dGate,
        Tensor? dUp,
        bool accumulate
    ) => reference.GatedBackward(activation, dY, gate, up, dGate, dUp, accumulate);

    public override void Dropout(Tensor x, Tensor y, float probability, ulong seed, bool accumulate) =>
        reference.Dropout(x, y, probability, seed, accumulate);

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

    public override void Softcap(Tensor x, float cap) => reference.Softcap(x, cap);

    public override double SumOfSquares(Tensor x) => reference.SumOfSquares(x);

    public override void AdamW(Tensor parameter, Tensor gradient, Tensor mean, Tensor variance, in AdamWStep step) =>
        reference.AdamW(parameter, gradient, mean, variance, in step);
}
