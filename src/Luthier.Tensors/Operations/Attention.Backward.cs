using System.Runtime.Intrinsics;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

public static unsafe partial class Attention
{
    /// <summary>Elements of scratch that <see cref="Backward(in Operands, in AttentionSegment, int, float*)"/> needs.</summary>
    internal static long BackwardScratch(int headDimension, int keys)
    {
        var padded = Panels.Padded(headDimension);
        return ((long)Panels.Padded(keys) * padded * 5) + (BlockRows * ((3L * padded) + (2 * ScoreStride) + 2));
    }

    /// <summary>
    /// All queries and keys of a segment and one key-value head. With weights P = exp(S − logSumExp) and
    /// dS = P ∘ (dY · Vᵀ − Σ dY ∘ Y): dV = Pᵀ · dY, dK = dSᵀ · Q, dQ = dS · K.
    /// </summary>
    internal static void Backward(in Operands o, in AttentionSegment segment, int keyHead, float* scratch)
    {
        var d = o.Options.HeadDimension;
        var work = new BackwardMemory(scratch, Panels.Padded(d), Panels.Padded(segment.KeyCount));
        var source = o.Key(segment, keyHead, 0);
        Panels.PackTransposed(o.K + source, o.KeyColumns, segment.KeyCount, d, work.KeysTransposed);
        Panels.PackTransposed(o.V + source, o.KeyColumns, segment.KeyCount, d, work.ValuesTransposed);
        Panels.Pack(o.K + source, o.KeyColumns, segment.KeyCount, d, work.Keys, work.Capacity);
        new Span<float>(work.DK, checked(segment.KeyCount * work.Padded)).Clear();
        new Span<float>(work.DV, checked(segment.KeyCount * work.Padded)).Clear();
        for (var head = keyHead * o.Group; head < (keyHead + 1) * o.Group; head++)
        {
            for (var start = 0; start < segment.QueryCount; start += BlockRows)
            {
                var end = Math.Min(start + BlockRows, segment.QueryCount);
                BackwardBlock(o, segment, head, start, end, work);
            }
        }

        // dK was summed with queries that carry the factor of base two.
        var factor = o.Options.Softcap > 0 ? 1 : VectorMath.Ln2;
        WriteRows(work.DK, work.Padded, segment.KeyCount, d, factor, o.DK + source, o.KeyColumns, o.Accumulate);
        WriteRows(work.DV, work.Padded, segment.KeyCount, d, 1, o.DV + source, o.KeyColumns, o.Accumulate);
    }

    private static void BackwardBlock(
        in Operands o,
        in AttentionSegment segment,
        int head,
        int start,
        int end,
        in BackwardMemory work
    )
    {
        var d = o.Options.HeadDimension;
        var rows = end - start;
        var source = o.Query(segment, head, start);
        Gather(o.Q + source, o.QueryColumns, rows, d, QueryFactor(o.Options), work.Queries, work.Padded);
        Gather(o.DY + source, o.QueryColumns, rows, d, 1, work.DY, work.Padded);
        new Span<float>(work.DQ, rows * work.Padded).Clear();
        for (var row = 0; row < rows; row++)
        {
            work.Means[row] = Reductions.Dot(
                work.DY + ((long)row * work.Padded),
                o.Y + source + ((long)row * o.QueryColumns),
                d
            );
            work.LogSums[row] =
                VectorMath.Log2E * o.LogSumExp[((long)head * o.Rows) + segment.QueryStart + start + row];
        }

        var (first, _) = VisibleKeys(segment, o.Options.Window, start);
        var (_, last) = VisibleKeys(segment, o.Options.Window, end - 1);
        for (var chunk = first / Panels.Width * Panels.Width; chunk < last; chunk += ChunkKeys)
        {
            var keys = Math.Min(last - chunk, ChunkKeys);
            var visible = new Visibility(segment, o.Options.Window, chunk, keys);
            Products(
                visible,
                start,
                end,
                keys,
                work.Queries,
                work.Padded,
                d,
                work.KeysTransposed + ((long)chunk * d),
                work.P
            );
            Products(
                visible,
                start,
                end,
                keys,
                work.DY,
                work.Padded,
                d,
                work.ValuesTransposed + ((long)chunk * d),
                work.DS
            );
            for (var query = start; query < end; query++)
            {
                WeightsAndSlopes(visible, query, start, end, o.Options.Softcap, work);
            }

            var place = (long)chunk * work.Padded;
            SumOverQueries(visible, start, end, keys, work.P, work.DY, work.DV + place, work.Padded);
            SumOverQueries(visible, start, end, keys, work.DS, work.Queries, work.DK + place, work.Padded);
            var panels = work.Keys + ((long)chunk * Panels.Width);
            SumOverKeys(visible, start, end, work.DS, panels, work.Capacity, work.DQ, work.Padded);
        }

        WriteRows(work.DQ, work.Padded, rows, d, o.Options.Scale, o.DQ + source, o.QueryColumns, o.Accumulate);
    }

    // The scores of one query become weights P, and the products dY · Vᵀ become dS; zero where the query sees nothing
    // but a tile of queries or of keys reaches.
    private static void WeightsAndSlopes(
        in Visibility visible,
        int query,
        int blockStart,
        int blockEnd,
        float softcap,
        in BackwardMemory work
    )
    {
        var index = query - blockStart;
        var p = work.P + ((long)index * ScoreStride);
        var dS = work.DS + ((long)index * ScoreStride);
        var tile = query - (index % Panels.TileRows);
        var first = visible.First(query);
        var end = visible.End(query);
        var shift = Vector256.Create(work.LogSums[index]);
        var mean = Vector256.Create(work.Means[index]);
        for (var i = first / Lanes.Count * Lanes.Count; i < end; i += Lanes.Count)
        {
            var score = Vector256.Load(p + i);
            var slope = Vector256.Load(dS + i) - mean;
            if (softcap > 0)
            {
                var tanh = VectorMath.Tanh(score / softcap);
                score = tanh * (softcap * VectorMath.Log2E);
                slope *= Vector256<float>.One - (tanh * tanh);
            }

            var weight = VectorMath.PowerOfTwo(score - shift);
            weight.Store(p + i);
            (weight * slope).Store(dS + i);
        }

        var zerosFrom = Math.Min(visible.First(tile), first / Panels.TileRows * Panels.TileRows);
        var zerosTo = Math.Max(
            visible.End(Math.Min(tile + Panels.TileRows, blockEnd) - 1),
            (end + Panels.TileRows - 1) / Panels.TileRows * Panels.TileRows
        );
        Clear(p, zerosFrom, first);
        Clear(p, end, zerosTo);
        Clear(dS, zerosFrom, first);
        Clear(dS, end, zerosTo);
    }

    private static void Clear(float* row, int from, int to) =>
        new Span<float>(row + from, Math.Max(to - from, 0)).Clear();

    private static void WriteRows(
        float* source,
        int padded,
        int rows,
        int columns,
        float factor,
        float* target,
        long stride,
        bool accumulate
    )
    {
        for (var row = 0; row < rows; row++)
        {
            Lanes.Copy(source + ((long)row * padded), target + (row * stride), columns, factor, accumulate);
        }
    }

    /// <summary>The scratch of a backward task: packed keys and values, their gradients, and one block of queries.</summary>
    private readonly struct BackwardMemory(float* scratch, int padded, int capacity)
    {
        public readonly int Padded = padded;

        /// <summary>Keys that there is room for.</summary>
        public readonly int Capacity = capacity;
        public readonly float* KeysTransposed = scratch;
        public readonly float* ValuesTransposed = scratch + ((long)capacity * padded);
        public readonly float* Keys = scratch + (2L * capacity * padded);
        public readonly float* DK = scratch + (3L * capacity * padded);
        public readonly float* DV = scratch + (4L * capacity * padded);

        private readonly float* block = scratch + (5L * capacity * padded);

        public float* Queries => block;

        public float* DY => block + ((long)BlockRows * Padded);

        public float* DQ => block + (2L * BlockRows * Padded);

        public float* P => block + (3L * BlockRows * Padded);

        public float* DS => P + ((long)BlockRows * ScoreStride);

        /// <summary>Σ dY ∘ Y of every query: the mean of dY · Vᵀ under its weights.</summary>
        public float* Means => DS + ((long)BlockRows * ScoreStride);

        public float* LogSums => Means + BlockRows;
    }
}
