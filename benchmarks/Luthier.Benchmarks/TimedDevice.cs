using System.Diagnostics;
using Luthier.Tensors;
using Luthier.Tensors.Devices;
using Luthier.Tensors.KeyValues;
using Luthier.Tensors.Operations;

namespace Luthier.Benchmarks;

/// <summary>Adds up the time that a step spends in each operation of a device.</summary>
internal sealed class TimedDevice(Device inner) : Device
{
    private readonly Dictionary<string, (long Ticks, int Calls)> spent = new(StringComparer.Ordinal);

    private readonly Dictionary<(int, int), string> projects = [];

    public override string Name => inner.Name;

    /// <summary>Operation, milliseconds and calls since the last reset, longest first.</summary>
    public IEnumerable<(string Operation, double Milliseconds, int Calls)> Spent =>
        spent
            .Select(entry => (entry.Key, entry.Value.Ticks * 1000.0 / Stopwatch.Frequency, entry.Value.Calls))
            .OrderByDescending(entry => entry.Item2);

    public void Reset() => spent.Clear();

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
        var start = Stopwatch.GetTimestamp();
        inner.MatMul(a, transposeA, b, transposeB, c, alpha, accumulate, precision);
        Note(Kind(a, transposeA, b, transposeB), start);
    }

    public override void Project(
        Tensor x,
        ReadOnlySpan<Tensor> weights,
        ReadOnlySpan<Tensor> ys,
        MatMulPrecision precision = MatMulPrecision.Float32
    )
    {
        var start = Stopwatch.GetTimestamp();
        inner.Project(x, weights, ys, precision);
        var shape = (x.Columns, ys[0].Columns);
        if (!projects.TryGetValue(shape, out var name))
        {
            projects[shape] = name = $"{nameof(Project)} {x.Columns} to {ys[0].Columns}";
        }

        Note(name, start);
    }

    public override void Prepare(Tensor weight, MatMulPrecision precision) => inner.Prepare(weight, precision);

    public override void StoreKeyValues(
        Tensor k,
        Tensor v,
        PagedKeyValueCache cache,
        int layer,
        ReadOnlySpan<PagedSegment> segments,
        ReadOnlySpan<int> blocks
    )
    {
        var start = Stopwatch.GetTimestamp();
        inner.StoreKeyValues(k, v, cache, layer, segments, blocks);
        Note(nameof(StoreKeyValues), start);
    }

    public override void PagedAttention(
        Tensor q,
        PagedKeyValueCache cache,
        int layer,
        ReadOnlySpan<PagedSegment> segments,
        ReadOnlySpan<int> blocks,
        in AttentionOptions options,
        Tensor y
    )
    {
        var start = Stopwatch.GetTimestamp();
        inner.PagedAttention(q, cache, layer, segments, blocks, options, y);
        Note(nameof(PagedAttention), start);
    }

    public override void AddBias(Tensor y, Tensor bias)
    {
        var start = Stopwatch.GetTimestamp();
        inner.AddBias(y, bias);
        Note(nameof(AddBias), start);
    }

    public override void SumRows(Tensor x, Tensor sum, bool accumulate)
    {
        var start = Stopwatch.GetTimestamp();
        inner.SumRows(x, sum, accumulate);
        Note(nameof(SumRows), start);
    }

    public override void Add(Tensor x, Tensor y, bool accumulate)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Add(x, y, accumulate);
        Note(nameof(Add), start);
    }

    public override void Scale(Tensor x, float factor)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Scale(x, factor);
        Note(nameof(Scale), start);
    }

    public override void Embedding(ReadOnlySpan<int> ids, Tensor table, Tensor y, float scale)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Embedding(ids, table, y, scale);
        Note(nameof(Embedding), start);
    }

    public override void EmbeddingBackward(ReadOnlySpan<int> ids, Tensor dY, Tensor dTable, float scale)
    {
        var start = Stopwatch.GetTimestamp();
        inner.EmbeddingBackward(ids, dY, dTable, scale);
        Note(nameof(EmbeddingBackward), start);
    }

    public override void RmsNorm(Tensor x, Tensor weight, Tensor y, Tensor? inverseRms, float epsilon, float offset)
    {
        var start = Stopwatch.GetTimestamp();
        inner.RmsNorm(x, weight, y, inverseRms, epsilon, offset);
        Note(nameof(RmsNorm), start);
    }

    public override void RmsNormBackward(
        Tensor dY,
        Tensor x,
        Tensor weight,
        Tensor inverseRms,
        float offset,
        Tensor? dX,
        bool accumulate,
        Tensor? dWeight
    )
    {
        var start = Stopwatch.GetTimestamp();
        inner.RmsNormBackward(dY, x, weight, inverseRms, offset, dX, accumulate, dWeight);
        Note(nameof(RmsNormBackward), start);
    }

    public override void LayerNorm(Tensor x, Tensor weight, Tensor? bias, Tensor y, Tensor? statistics, float epsilon)
    {
        var start = Stopwatch.GetTimestamp();
        inner.LayerNorm(x, weight, bias, y, statistics, epsilon);
        Note(nameof(LayerNorm), start);
    }

    public override void LayerNormBackward(
        Tensor dY,
        Tensor x,
        Tensor weight,
        Tensor statistics,
        Tensor? dX,
        bool accumulate,
        Tensor? dWeight,
        Tensor? dBias
    )
    {
        var start = Stopwatch.GetTimestamp();
        inner.LayerNormBackward(dY, x, weight, statistics, dX, accumulate, dWeight, dBias);
        Note(nameof(LayerNormBackward), start);
    }

    public override void Rope(Tensor x, Tensor cos, Tensor sin, bool inverse)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Rope(x, cos, sin, inverse);
        Note(nameof(Rope), start);
    }

    public override void Attention(
        Tensor q,
        Tensor k,
        Tensor v,
        ReadOnlySpan<AttentionSegment> segments,
        in AttentionOptions options,
        Tensor y,
        Tensor? logSumExp
    )
    {
        var start = Stopwatch.GetTimestamp();
        inner.Attention(q, k, v, segments, in options, y, logSumExp);
        Note(nameof(Attention), start);
    }

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
    )
    {
        var start = Stopwatch.GetTimestamp();
        inner.AttentionBackward(dY, q, k, v, y, logSumExp, segments, in options, dQ, dK, dV, accumulate);
        Note(nameof(AttentionBackward), start);
    }

    public override void Gated(Activation activation, Tensor gate, Tensor? up, Tensor y)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Gated(activation, gate, up, y);
        Note(nameof(Gated), start);
    }

    public override void GatedBackward(
        Activation activation,
        Tensor dY,
        Tensor gate,
        Tensor? up,
        Tensor? dGate,
        Tensor? dUp,
        bool accumulate
    )
    {
        var start = Stopwatch.GetTimestamp();
        inner.GatedBackward(activation, dY, gate, up, dGate, dUp, accumulate);
        Note(nameof(GatedBackward), start);
    }

    public override void Dropout(
        Tensor x,
        Tensor y,
        float probability,
        ulong seed,
        bool accumulate,
        long firstElement = 0
    )
    {
        var start = Stopwatch.GetTimestamp();
        inner.Dropout(x, y, probability, seed, accumulate, firstElement);
        Note(nameof(Dropout), start);
    }

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
    )
    {
        var start = Stopwatch.GetTimestamp();
        inner.LinearCrossEntropy(
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
        Note(nameof(LinearCrossEntropy), start);
    }

    public override void Softcap(Tensor x, float cap)
    {
        var start = Stopwatch.GetTimestamp();
        inner.Softcap(x, cap);
        Note(nameof(Softcap), start);
    }

    public override double SumOfSquares(Tensor x)
    {
        var start = Stopwatch.GetTimestamp();
        var result = inner.SumOfSquares(x);
        Note(nameof(SumOfSquares), start);
        return result;
    }

    public override void AdamW(Tensor parameter, Tensor gradient, Tensor mean, Tensor variance, in AdamWStep step)
    {
        var start = Stopwatch.GetTimestamp();
        inner.AdamW(parameter, gradient, mean, variance, in step);
        Note(nameof(AdamW), start);
    }

    private static string Kind(Tensor a, bool transposeA, Tensor b, bool transposeB)
    {
        var (m, k) = transposeA ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        var n = transposeB ? b.Rows : b.Columns;
        return $"MatMul {m}x{n}x{k} {(transposeA ? 't' : 'n')}{(transposeB ? 't' : 'n')}";
    }

    private void Note(string operation, long start)
    {
        var (ticks, calls) = spent.GetValueOrDefault(operation);
        spent[operation] = (ticks + Stopwatch.GetTimestamp() - start, calls + 1);
    }
}
