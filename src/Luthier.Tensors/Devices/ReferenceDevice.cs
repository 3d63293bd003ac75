using Luthier.Tensors.KeyValues;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Devices;

/// <summary>
/// Runs every operation's reference on one thread: slow, and what all other devices are held against. It is also the
/// scalar path.
/// </summary>
public sealed class ReferenceDevice : Device
{
    public override string Name => "scalar, 1 thread";

    public override void MatMul(
        Tensor a,
        bool transposeA,
        Tensor b,
        bool transposeB,
        Tensor c,
        float alpha = 1,
        bool accumulate = false,
        MatMulPrecision precision = MatMulPrecision.Float32
    ) => Operations.MatMul.Reference(a, transposeA, b, transposeB, c, alpha, accumulate, precision);

    public override void Project(
        Tensor x,
        ReadOnlySpan<Tensor> weights,
        ReadOnlySpan<Tensor> ys,
        MatMulPrecision precision = MatMulPrecision.Float32
    )
    {
        for (var i = 0; i < weights.Length; i++)
        {
            MatMul(x, false, weights[i], true, ys[i], precision: precision);
        }
    }

    public override void AddBias(Tensor y, Tensor bias) => Elementwise.AddBiasReference(y, bias);

    public override void SumRows(Tensor x, Tensor sum, bool accumulate) =>
        Elementwise.SumRowsReference(x, sum, accumulate);

    public override void Add(Tensor x, Tensor y, bool accumulate) => Elementwise.AddReference(x, y, accumulate);

    public override void Scale(Tensor x, float factor) => Elementwise.ScaleReference(x, factor);

    public override void Embedding(ReadOnlySpan<int> ids, Tensor table, Tensor y, float scale) =>
        Operations.Embedding.Reference(ids, table, y, scale);

    public override void EmbeddingBackward(ReadOnlySpan<int> ids, Tensor dY, Tensor dTable, float scale) =>
        Operations.Embedding.ReferenceBackward(ids, dY, dTable, scale);

    public override void RmsNorm(Tensor x, Tensor weight, Tensor y, Tensor? inverseRms, float epsilon, float offset) =>
        Operations.RmsNorm.Reference(x, weight, y, inverseRms, epsilon, offset);

    public override void RmsNormBackward(
        Tensor dY,
        Tensor x,
        Tensor weight,
        Tensor inverseRms,
        float offset,
        Tensor? dX,
        bool accumulate,
        Tensor? dWeight
    ) => Operations.RmsNorm.ReferenceBackward(dY, x, weight, inverseRms, offset, dX, accumulate, dWeight);

    public override void LayerNorm(
        Tensor x,
        Tensor weight,
        Tensor? bias,
        Tensor y,
        Tensor? statistics,
        float epsilon
    ) => Operations.LayerNorm.Reference(x, weight, bias, y, statistics, epsilon);

    public override void LayerNormBackward(
        Tensor dY,
        Tensor x,
        Tensor weight,
        Tensor statistics,
        Tensor? dX,
        bool accumulate,
        Tensor? dWeight,
        Tensor? dBias
    ) => Operations.LayerNorm.ReferenceBackward(dY, x, weight, statistics, dX, accumulate, dWeight, dBias);

    public override void Rope(Tensor x, Tensor cos, Tensor sin, bool inverse) =>
        Operations.Rope.Reference(x, cos, sin, inverse);

    public override void Attention(
        Tensor q,
        Tensor k,
        Tensor v,
        ReadOnlySpan<AttentionSegment> segments,
        in AttentionOptions options,
        Tensor y,
        Tensor? logSumExp
    ) => Operations.Attention.Reference(q, k, v, segments, options, y, logSumExp);

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
    ) => Operations.Attention.ReferenceBackward(dY, q, k, v, segments, options, dQ, dK, dV, accumulate);

    public override void StoreKeyValues(
        Tensor k,
        Tensor v,
        PagedKeyValueCache cache,
        int layer,
        ReadOnlySpan<PagedSegment> segments,
        ReadOnlySpan<int> blocks
    ) => Operations.PagedAttention.StoreReference(k, v, cache, layer, segments, blocks);

    public override void PagedAttention(
        Tensor q,
        PagedKeyValueCache cache,
        int layer,
        ReadOnlySpan<PagedSegment> segments,
        ReadOnlySpan<int> blocks,
        in AttentionOptions options,
        Tensor y
    ) => Operations.PagedAttention.Reference(q, cache, layer, segments, blocks, options, y);

    public override void Gated(Activation activation, Tensor gate, Tensor? up, Tensor y) =>
        Operations.Gated.Reference(activation, gate, up, y);

    public override void GatedBackward(
        Activation activation,
        Tensor dY,
        Tensor gate,
        Tensor? up,
        Tensor? dGate,
        Tensor? dUp,
        bool accumulate
    ) => Operations.Gated.ReferenceBackward(activation, dY, gate, up, dGate, dUp, accumulate);

    public override void Dropout(
        Tensor x,
        Tensor y,
        float probability,
        ulong seed,
        bool accumulate,
        long firstElement = 0
    ) => Operations.Dropout.Reference(x, y, probability, seed, accumulate, firstElement);

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
        bool accumulateWeight,
        MatMulPrecision precision
    ) =>
        Operations.LinearCrossEntropy.Reference(
            hidden,
            weight,
            labels,
            softcap,
            gradientScale,
            losses,
            dHidden,
            accumulate,
            dWeight,
            accumulateWeight,
            precision
        );

    public override void Softcap(Tensor x, float cap) => Elementwise.SoftcapReference(x, cap);

    public override double SumOfSquares(Tensor x) => Elementwise.SumOfSquaresReference(x);

    public override void AdamW(Tensor parameter, Tensor gradient, Tensor mean, Tensor variance, in AdamWStep step) =>
        Operations.AdamW.Reference(parameter, gradient, mean, variance, step);
}
