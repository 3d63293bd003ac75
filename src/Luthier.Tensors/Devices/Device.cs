using Luthier.Tensors.KeyValues;
using Luthier.Tensors.Operations;

namespace Luthier.Tensors.Devices;

/// <summary>
/// The seam between operations and the hardware that computes them. Operations (and so models) call a kernel only
/// through this type; a backend for other hardware derives from it in a project of its own.
/// </summary>
/// <remarks>
/// Activations and gradients are float32; weights may be float32, bfloat16 or float16, and those of matrix products
/// and embedding tables may have a block type. A tensor of any rank is seen as
/// the matrix [<see cref="Tensor.Rows"/>, <see cref="Tensor.Columns"/>]. Outputs never overlap inputs unless a method
/// says so. A parameter named <c>accumulate</c> adds to the output instead of overwriting it. Null stands for an
/// output that nobody needs.
/// </remarks>
public abstract class Device : IDisposable
{
    /// <summary>What computes, for logs: instruction set and threads.</summary>
    public abstract string Name { get; }

    /// <summary>c [m, n] = alpha · op(a) [m, k] · op(b) [k, n], where op transposes if asked.</summary>
    /// <param name="precision">Float32, or bfloat16 operands with float32 accumulation.</param>
    public abstract void MatMul(
        Tensor a,
        bool transposeA,
        Tensor b,
        bool transposeB,
        Tensor c,
        float alpha = 1,
        bool accumulate = false,
        MatMulPrecision precision = MatMulPrecision.Float32
    );

    /// <summary>
    /// ys[i] [n, out] = x [n, in] · weights[i]ᵀ for weights [out, in] that no longer change: the products of generation.
    /// A row's result does not depend on the other rows. What the device makes of a weight for that, it keeps.
    /// </summary>
    public abstract void Project(
        Tensor x,
        ReadOnlySpan<Tensor> weights,
        ReadOnlySpan<Tensor> ys,
        MatMulPrecision precision = MatMulPrecision.Float32
    );

    /// <summary>Makes what <see cref="Project"/> needs of weights now, rather than when they are first multiplied.</summary>
    public virtual void Prepare(Tensor weight, MatMulPrecision precision) { }

    /// <summary>y += bias on every row of y [n, d].</summary>
    public abstract void AddBias(Tensor y, Tensor bias);

    /// <summary>sum [d] = Σ over rows of x [n, d].</summary>
    public abstract void SumRows(Tensor x, Tensor sum, bool accumulate);

    /// <summary>y = x, or y += x when accumulating; the same number of elements. y may be x.</summary>
    public abstract void Add(Tensor x, Tensor y, bool accumulate);

    /// <summary>x *= factor.</summary>
    public abstract void Scale(Tensor x, float factor);

    /// <summary>y [n, d] = scale · table[ids] for the table [vocabulary, d].</summary>
    public abstract void Embedding(ReadOnlySpan<int> ids, Tensor table, Tensor y, float scale);

    /// <summary>dTable[ids[i]] += scale · dY[i]; ids may repeat.</summary>
    public abstract void EmbeddingBackward(ReadOnlySpan<int> ids, Tensor dY, Tensor dTable, float scale);

    /// <summary>
    /// y = x · inverseRms · (offset + weight) by groups of as many elements as weight [d] has (a row, or a head),
    /// inverseRms [x.Count / d] = 1/√(mean(x²) + epsilon). offset is 0, or 1 for models that store the weight less one.
    /// </summary>
    public abstract void RmsNorm(Tensor x, Tensor weight, Tensor y, Tensor? inverseRms, float epsilon, float offset);

    /// <summary>Gradients of <see cref="RmsNorm"/>; dWeight always accumulates.</summary>
    public abstract void RmsNormBackward(
        Tensor dY,
        Tensor x,
        Tensor weight,
        Tensor inverseRms,
        float offset,
        Tensor? dX,
        bool accumulate,
        Tensor? dWeight
    );

    /// <summary>y = (x − mean) · inverseDeviation · weight + bias by rows; statistics [n, 2] hold both.</summary>
    public abstract void LayerNorm(Tensor x, Tensor weight, Tensor? bias, Tensor y, Tensor? statistics, float epsilon);

    /// <summary>Gradients of <see cref="LayerNorm"/>; dWeight and dBias always accumulate.</summary>
    public abstract void LayerNormBackward(
        Tensor dY,
        Tensor x,
        Tensor weight,
        Tensor statistics,
        Tensor? dX,
        bool accumulate,
        Tensor? dWeight,
        Tensor? dBias
    );

    /// <summary>
    /// Rotates, in place, the two halves of every head of x [n, heads · d] by the angles whose cos and sin [n, d/2]
    /// belong to the row (the rotate-half convention of Hugging Face); inverse applies the transposed rotation.
    /// </summary>
    public abstract void Rope(Tensor x, Tensor cos, Tensor sin, bool inverse);

    /// <summary>
    /// Causal attention by segments, without a score matrix in memory.
    /// q, y [n, heads · d]; k, v [m, kvHeads · d]; logSumExp [heads, n] is kept for the backward pass.
    /// </summary>
    public abstract void Attention(
        Tensor q,
        Tensor k,
        Tensor v,
        ReadOnlySpan<AttentionSegment> segments,
        in AttentionOptions options,
        Tensor y,
        Tensor? logSumExp
    );

    /// <summary>
    /// Gradients of <see cref="Attention"/>; rows outside all segments get zero, and none is in two. dQ may be q, dK may
    /// be k and dV may be v when not accumulating.
    /// </summary>
    public abstract void AttentionBackward(
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
    );

    /// <summary>
    /// Writes the keys and values [n, kvHeads · d] of a step's tokens to their places in their sequences' blocks. A
    /// place may be written by one segment only.
    /// </summary>
    public abstract void StoreKeyValues(
        Tensor k,
        Tensor v,
        PagedKeyValueCache cache,
        int layer,
        ReadOnlySpan<PagedSegment> segments,
        ReadOnlySpan<int> blocks
    );

    /// <summary>
    /// Causal attention of queries q [n, heads · d] to the keys and values of their sequences' blocks; y is like q, and
    /// each of its rows belongs to one segment. A row's result does not depend on the other rows.
    /// </summary>
    public abstract void PagedAttention(
        Tensor q,
        PagedKeyValueCache cache,
        int layer,
        ReadOnlySpan<PagedSegment> segments,
        ReadOnlySpan<int> blocks,
        in AttentionOptions options,
        Tensor y
    );

    /// <summary>y = activation(gate) · up, or activation(gate) when up is null. y may be gate or up.</summary>
    public abstract void Gated(Activation activation, Tensor gate, Tensor? up, Tensor y);

    /// <summary>Gradients of <see cref="Gated"/>; dGate may be gate, and dUp may be up, when not accumulating.</summary>
    public abstract void GatedBackward(
        Activation activation,
        Tensor dY,
        Tensor gate,
        Tensor? up,
        Tensor? dGate,
        Tensor? dUp,
        bool accumulate
    );

    /// <summary>
    /// y = x · mask / (1 − probability), y += … when accumulating; the mask is a pure function of seed and element
    /// index, so that the same call on a gradient is the backward pass. Elements count from
    /// <paramref name="firstElement"/>: a part of a tensor gets the mask that it would have in the whole. y may be x.
    /// </summary>
    public abstract void Dropout(
        Tensor x,
        Tensor y,
        float probability,
        ulong seed,
        bool accumulate,
        long firstElement = 0
    );

    /// <summary>
    /// Cross-entropy of softmax(cap(hidden · weightᵀ)) against labels, without keeping the logits: hidden [n, d],
    /// weight [vocabulary, d], labels [n] with −100 where nothing is asked. Writes −log p(label) to losses [n] (0 where
    /// ignored) and, where asked, gradients of gradientScale · Σ losses.
    /// </summary>
    public abstract void LinearCrossEntropy(
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
    );

    /// <summary>x = cap · tanh(x / cap), in place: the final soft-capping of logits.</summary>
    public abstract void Softcap(Tensor x, float cap);

    /// <summary>Σ x², in double; not finite if any element is not.</summary>
    public abstract double SumOfSquares(Tensor x);

    /// <summary>
    /// One step of AdamW (decoupled weight decay, bias-corrected moments), in place on a float32 parameter.
    /// </summary>
    public abstract void AdamW(Tensor parameter, Tensor gradient, Tensor mean, Tensor variance, in AdamWStep step);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) { }
}
