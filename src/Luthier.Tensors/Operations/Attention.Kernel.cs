using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

/// <remarks>
/// The kernels work through a segment by blocks of queries and chunks of keys whose scores stay in cache. Keys are
/// packed so that scores are small matrix products by register tiles, as are the sums of values. Scores of the queries
/// of a tile are computed, and summed over, only as far as its last query sees, so that causality saves half the work.
/// </remarks>
public static unsafe partial class Attention
{
    /// <summary>Queries of a block: whole tiles.</summary>
    private const int BlockRows = 8 * Panels.TileRows;

    /// <summary>Keys of a chunk: whole panels.</summary>
    private const int ChunkKeys = 256;

    /// <summary>Elements between rows of scores: tiles of keys may end a little beyond the chunk.</summary>
    private const int ScoreStride = ChunkKeys + Panels.Width;

    /// <summary>Where the tensors lie, and their columns.</summary>
    internal readonly struct Operands
    {
        public float* Q { get; init; }
        public float* K { get; init; }
        public float* V { get; init; }
        public float* Y { get; init; }

        /// <summary>[heads, <see cref="Rows"/>], or null.</summary>
        public float* LogSumExp { get; init; }
        public float* DY { get; init; }
        public float* DQ { get; init; }
        public float* DK { get; init; }
        public float* DV { get; init; }
        public int Rows { get; init; }
        public bool Accumulate { get; init; }
        public AttentionOptions Options { get; init; }

        public int QueryColumns => Options.Heads * Options.HeadDimension;

        public int KeyColumns => Options.KeyValueHeads * Options.HeadDimension;

        /// <summary>Query heads that read the same keys.</summary>
        public int Group => Options.Heads / Options.KeyValueHeads;

        /// <summary>First element of a query of a segment, in Q or a tensor of its shape.</summary>
        public long Query(in AttentionSegment segment, int head, int row) =>
            ((long)(segment.QueryStart + row) * QueryColumns) + ((long)head * Options.HeadDimension);

        /// <summary>First element of a key of a segment, in K or a tensor of its shape.</summary>
        public long Key(in AttentionSegment segment, int keyHead, int row) =>
            ((long)(segment.KeyStart + row) * KeyColumns) + ((long)keyHead * Options.HeadDimension);
    }

    /// <summary>Which keys of a chunk the queries of a segment see; keys count from the start of the chunk.</summary>
    private readonly struct Visibility(in AttentionSegment segment, int window, int chunk, int keys)
    {
        private readonly int offset = segment.KeyCount - segment.QueryCount - chunk;
        private readonly int window = window > 0 ? window : int.MaxValue / 2;
        private readonly int keys = keys;

        /// <summary>The first visible key of a query.</summary>
        public int First(int query) => Math.Clamp(query + offset + 1 - window, 0, keys);

        /// <summary>Just after the last visible key of a query.</summary>
        public int End(int query) => Math.Clamp(query + offset + 1, 0, keys);

        /// <summary>Of queries start .. end, the first that sees a key at or after the given one.</summary>
        public int FirstQuery(int key, int start, int end) => Math.Clamp(key - offset, start, end);

        /// <summary>Of queries start .. end, just after the last that sees a key before the given one.</summary>
        public int EndQuery(int key, int start, int end) =>
            (int)Math.Clamp((long)key - offset - 1 + window, start, end);
    }

    // Queries are gathered times this, so that scores are logarithms to base two; soft-capping comes before that.
    internal static float QueryFactor(in AttentionOptions options) =>
        options.Softcap > 0 ? options.Scale : options.Scale * VectorMath.Log2E;

    // Rows of one head, times a factor, become rows of padded elements with zeros at the end.
    private static void Gather(
        float* source,
        long stride,
        int rows,
        int columns,
        float factor,
        float* target,
        int padded
    )
    {
        for (var row = 0; row < rows; row++)
        {
            var to = target + ((long)row * padded);
            Lanes.Copy(source + (row * stride), to, columns, factor);
            for (var i = columns; i < padded; i++)
            {
                to[i] = 0;
            }
        }
    }

    // products [query, key] = left · panels, for the tiles that hold something visible. Queries count in the segment.
    private static void Products(
        in Visibility visible,
        int start,
        int end,
        int keys,
        float* left,
        int padded,
        int d,
        float* panels,
        float* products
    )
    {
        for (var key = 0; key < keys; key += Panels.Width)
        {
            var first = visible.FirstQuery(key, start, end);
            var last = visible.EndQuery(key + Panels.Width, start, end);
            for (var query = first; query < last; query += Panels.TileRows)
            {
                Panels.Tile(
                    Math.Min(last - query, Panels.TileRows),
                    left + ((long)(query - start) * padded),
                    padded,
                    1,
                    panels + ((long)key * d),
                    Panels.Width,
                    products + ((long)(query - start) * ScoreStride) + key,
                    ScoreStride,
                    d,
                    accumulate: false
                );
            }
        }
    }

    // sums [query, d] += factors [query, key] · panels, over the keys that any query of a tile sees.
    private static void SumOverKeys(
        in Visibility visible,
        int start,
        int end,
        float* factors,
        float* panels,
        int capacity,
        float* sums,
        int padded
    )
    {
        for (var column = 0; column < padded; column += Panels.Width)
        {
            for (var query = start; query < end; query += Panels.TileRows)
            {
                var rows = Math.Min(end - query, Panels.TileRows);
                var first = visible.First(query);
                var steps = visible.End(query + rows - 1) - first;
                if (steps > 0)
                {
                    Panels.Tile(
                        rows,
                        factors + ((long)(query - start) * ScoreStride) + first,
                        ScoreStride,
                        1,
                        panels + ((long)column * capacity) + ((long)first * Panels.Width),
                        Panels.Width,
                        sums + ((long)(query - start) * padded) + column,
                        padded,
                        steps,
                        accumulate: true
                    );
                }
            }
        }
    }

    // sums [key, d] += factors [query, key]ᵀ · right [query, d], over the queries that see any key of a tile.
    private static void SumOverQueries(
        in Visibility visible,
        int start,
        int end,
        int keys,
        float* factors,
        float* right,
        float* sums,
        int padded
    )
    {
        for (var column = 0; column < padded; column += Panels.Width)
        {
            for (var key = 0; key < keys; key += Panels.TileRows)
            {
                var rows = Math.Min(keys - key, Panels.TileRows);
                var first = visible.FirstQuery(key, start, end);
                var steps = visible.EndQuery(key + rows, start, end) - first;
                if (steps > 0)
                {
                    Panels.Tile(
                        rows,
                        factors + ((long)(first - start) * ScoreStride) + key,
                        1,
                        ScoreStride,
                        right + ((long)(first - start) * padded) + column,
                        padded,
                        sums + ((long)key * padded) + column,
                        padded,
                        steps,
                        accumulate: true
                    );
                }
            }
        }
    }
}
