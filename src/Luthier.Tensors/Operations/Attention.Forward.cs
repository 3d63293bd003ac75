using System.Runtime.Intrinsics;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

public static unsafe partial class Attention
{
    /// <summary>The most queries of one task of the forward pass.</summary>
    internal const int TaskRows = 8 * BlockRows;

    /// <summary>Queries of the tasks that so many queries are cut into: even, and whole blocks.</summary>
    internal static int RowsPerTask(int queries)
    {
        var tasks = (queries + TaskRows - 1) / TaskRows;
        var even = (queries + tasks - 1) / tasks;
        return (even + BlockRows - 1) / BlockRows * BlockRows;
    }

    /// <summary>Elements of scratch that <see cref="Forward"/> needs.</summary>
    internal static long ForwardScratch(int headDimension)
    {
        var padded = Panels.Padded(headDimension);
        return ((long)ChunkKeys * padded * 2) + (TaskRows * ((2L * padded) + 2)) + (BlockRows * ScoreStride);
    }

    /// <summary>
    /// Queries start .. end (at most <see cref="TaskRows"/>) of a segment and one head. Chunk after chunk of keys, the
    /// running maximum, sum and weighted values of every query are brought up to date.
    /// </summary>
    internal static void Forward(
        in Operands o,
        in AttentionSegment segment,
        int head,
        int start,
        int end,
        float* scratch
    )
    {
        var d = o.Options.HeadDimension;
        var padded = Panels.Padded(d);
        var keyPanels = scratch;
        var valuePanels = keyPanels + ((long)ChunkKeys * padded);
        var queries = valuePanels + ((long)ChunkKeys * padded);
        var state = new SoftmaxState(queries + ((long)TaskRows * padded), padded, end - start);
        var scores = state.End;
        Gather(
            o.Q + o.Query(segment, head, start),
            o.QueryColumns,
            end - start,
            d,
            QueryFactor(o.Options),
            queries,
            padded
        );

        var (first, _) = VisibleKeys(segment, o.Options.Window, start);
        var (_, last) = VisibleKeys(segment, o.Options.Window, end - 1);
        for (var chunk = first / Panels.Width * Panels.Width; chunk < last; chunk += ChunkKeys)
        {
            var keys = Math.Min(last - chunk, ChunkKeys);
            var source = o.Key(segment, head / o.Group, chunk);
            Panels.PackTransposed(o.K + source, o.KeyColumns, keys, d, keyPanels);
            Panels.Pack(o.V + source, o.KeyColumns, keys, d, valuePanels, ChunkKeys);
            var visible = new Visibility(segment, o.Options.Window, chunk, keys);
            for (var block = start; block < end; block += BlockRows)
            {
                var blockEnd = Math.Min(block + BlockRows, end);
                var done = block - start;
                Products(visible, block, blockEnd, keys, queries + ((long)done * padded), padded, d, keyPanels, scores);
                for (var query = block; query < blockEnd; query++)
                {
                    var row = scores + ((long)(query - block) * ScoreStride);
                    Exponentials(visible, query, block, blockEnd, row, o.Options.Softcap, state, query - start);
                }

                SumOverKeys(visible, block, blockEnd, scores, valuePanels, ChunkKeys, state.Sums(done), padded);
            }
        }

        for (var query = start; query < end; query++)
        {
            Finish(o, segment, head, query, state, query - start);
        }
    }

    // The scores of one query become weights; what was summed before is scaled to the new maximum. Weights are zero
    // where other queries of the tile see more.
    private static void Exponentials(
        in Visibility visible,
        int query,
        int blockStart,
        int blockEnd,
        float* row,
        float softcap,
        in SoftmaxState state,
        int index
    )
    {
        var tile = query - ((query - blockStart) % Panels.TileRows);
        var first = visible.First(query);
        var end = visible.End(query);
        var from = first / Lanes.Count * Lanes.Count;
        var to = (end + Lanes.Count - 1) / Lanes.Count * Lanes.Count;
        new Span<float>(row + visible.First(tile), Math.Max(from - visible.First(tile), 0)).Clear();
        var tileEnd = visible.End(Math.Min(tile + Panels.TileRows, blockEnd) - 1);
        new Span<float>(row + to, Math.Max(tileEnd - to, 0)).Clear();
        if (first >= end)
        {
            new Span<float>(row + from, to - from).Clear();
            return;
        }

        MaskEdges(row, first, end, float.NegativeInfinity);
        var maximum = softcap > 0 ? CapAndMax(row + from, to - from, softcap) : Max(row + from, to - from);
        maximum = state.RaiseMaximum(index, maximum);
        state.Denominator[index] += ExponentialsAndSum(row + from, to - from, maximum);
    }

    // Puts a value outside first .. end, as far as the vectors that hold the ends go.
    private static void MaskEdges(float* row, int first, int end, float value)
    {
        for (var i = first / Lanes.Count * Lanes.Count; i < first; i++)
        {
            row[i] = value;
        }

        for (var i = end; i % Lanes.Count != 0; i++)
        {
            row[i] = value;
        }
    }

    private static float Max(float* row, int count)
    {
        var largest = Vector256.Create(float.NegativeInfinity);
        for (var i = 0; i < count; i += Lanes.Count)
        {
            largest = Vector256.MaxNative(largest, Vector256.Load(row + i));
        }

        return Reductions.Max(largest);
    }

    private static float CapAndMax(float* row, int count, float softcap)
    {
        var largest = Vector256.Create(float.NegativeInfinity);
        for (var i = 0; i < count; i += Lanes.Count)
        {
            var score = Vector256.Load(row + i);
            var capped = VectorMath.Tanh(score / softcap) * (softcap * VectorMath.Log2E);

            // Masked scores stay at −∞.
            capped = Vector256.ConditionalSelect(
                Vector256.Equals(score, Vector256.Create(float.NegativeInfinity)),
                score,
                capped
            );
            capped.Store(row + i);
            largest = Vector256.MaxNative(largest, capped);
        }

        return Reductions.Max(largest);
    }

    private static float ExponentialsAndSum(float* row, int count, float maximum)
    {
        var sum = Vector256<float>.Zero;
        var shift = Vector256.Create(maximum);
        for (var i = 0; i < count; i += Lanes.Count)
        {
            var weight = VectorMath.PowerOfTwo(Vector256.Load(row + i) - shift);
            weight.Store(row + i);
            sum += weight;
        }

        return Vector256.Sum(sum);
    }

    /// <summary>Scores of a row become weights, zero outside first .. end; returns their sum.</summary>
    /// <param name="keys">Scores of the row, after which as many more as a vector has may be changed.</param>
    internal static float Weigh(float* row, int first, int end, int keys, float softcap, ref float maximum)
    {
        var from = first / Lanes.Count * Lanes.Count;
        var to = (end + Lanes.Count - 1) / Lanes.Count * Lanes.Count;
        Clear(row, 0, first >= end ? keys : from);
        if (first >= end)
        {
            return 0;
        }

        Clear(row, to, keys);
        MaskEdges(row, first, end, float.NegativeInfinity);
        maximum = softcap > 0 ? CapAndMax(row + from, to - from, softcap) : Max(row + from, to - from);
        return ExponentialsAndSum(row + from, to - from, maximum);
    }

    // 2^x, and from a maximum of logarithms to base two the natural logarithm of the sum.
    internal static float Power(float x) => MathF.Exp(x * VectorMath.Ln2);

    private static float LogSum(float maximum, float sum) => (maximum * VectorMath.Ln2) + MathF.Log(sum);

    private static void Finish(
        in Operands o,
        in AttentionSegment segment,
        int head,
        int query,
        in SoftmaxState state,
        int index
    )
    {
        var denominator = state.Denominator[index];
        var inverse = denominator > 0 || float.IsNaN(denominator) ? 1 / denominator : 0;
        Lanes.Copy(state.Sums(index), o.Y + o.Query(segment, head, query), o.Options.HeadDimension, inverse);
        if (o.LogSumExp is not null)
        {
            var place = ((long)head * o.Rows) + segment.QueryStart + query;
            o.LogSumExp[place] = denominator == 0 ? 0 : LogSum(state.Maximum[index], denominator);
        }
    }

    /// <summary>Per query: the maximum so far (to base two), the sum of weights and the sum of weighted values at that maximum.</summary>
    private readonly struct SoftmaxState
    {
        private readonly float* sums;
        private readonly int padded;

        public SoftmaxState(float* memory, int padded, int rows)
        {
            this.padded = padded;
            sums = memory;
            Maximum = sums + ((long)TaskRows * padded);
            Denominator = Maximum + TaskRows;
            End = Denominator + TaskRows;
            new Span<float>(sums, rows * padded).Clear();
            new Span<float>(Maximum, rows).Fill(float.NegativeInfinity);
            new Span<float>(Denominator, rows).Clear();
        }

        public float* Maximum { get; }

        public float* Denominator { get; }

        /// <summary>The memory after the state.</summary>
        public float* End { get; }

        public float* Sums(int index) => sums + ((long)index * padded);

        /// <summary>Takes a maximum into account, and returns the one that holds now.</summary>
        public float RaiseMaximum(int index, float maximum)
        {
            var old = Maximum[index];
            if (maximum <= old)
            {
                return old;
            }

            Maximum[index] = maximum;
            if (Denominator[index] != 0)
            {
                var factor = Power(old - maximum);
                Denominator[index] *= factor;
                Lanes.Each(new Elementwise.ScaleKernel(Sums(index), factor), 0, padded);
            }

            return maximum;
        }
    }
}
