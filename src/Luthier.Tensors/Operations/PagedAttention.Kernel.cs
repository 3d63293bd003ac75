using Luthier.Tensors.Assembly;
using Luthier.Tensors.KeyValues;
using Luthier.Tensors.Matrices;
using Luthier.Tensors.Memory;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

/// <remarks>
/// The kernel takes some queries of a sequence with all heads that read the same keys: rows are queries, in each of
/// them heads. Scores of a block are a product with its keys as a packed panel, and sums of values one with its values.
/// </remarks>
public static unsafe partial class PagedAttention
{
    private const int BlockTokens = PagedKeyValueCache.BlockTokens;

    // Rows of a task: tiles of fourteen.
    private const int TaskRows = 56;

    private const int ScoreStride = ChunkKeys + Lanes.Count;

    /// <summary>What all tasks of one call share.</summary>
    internal readonly struct Operands
    {
        public required MatrixKernels Kernels { get; init; }
        public required PagedKeyValueCache Cache { get; init; }
        public required int Layer { get; init; }
        public required float* Q { get; init; }
        public required float* Y { get; init; }
        public required int* Blocks { get; init; }
        public required AttentionOptions Options { get; init; }

        /// <summary>Query heads that read the same keys.</summary>
        public int Group => Options.Heads / Options.KeyValueHeads;

        /// <summary>First element of a query's first head of a group.</summary>
        public long Place(in PagedSegment segment, int query, int keyHead) =>
            (((long)(segment.QueryStart + query) * Options.Heads) + ((long)keyHead * Group)) * Options.HeadDimension;
    }

    /// <summary>Some queries of a segment, one key-value head, some chunks of keys.</summary>
    /// <param name="Place">
    /// Where the task's partial result goes, which others are merged with; below 0: the result is whole.
    /// </param>
    internal readonly record struct Work(
        PagedSegment Segment,
        int KeyHead,
        int FirstQuery,
        int EndQuery,
        int FirstChunk,
        int EndChunk,
        long Place
    );

    /// <summary>Queries that a task takes.</summary>
    internal static int QueriesPerTask(in AttentionOptions options) =>
        Math.Max(1, TaskRows / (options.Heads / options.KeyValueHeads));

    /// <summary>Chunks that hold so many keys.</summary>
    internal static int Chunks(int keys) => (keys + ChunkKeys - 1) / ChunkKeys;

    /// <summary>Elements of a partial result of so many rows: sums, maximum and denominator.</summary>
    internal static long StateElements(in AttentionOptions options, int rows) =>
        (long)rows * (options.HeadDimension + 2);

    /// <summary>Elements of scratch that a task needs.</summary>
    internal static long ScratchElements(in AttentionOptions options)
    {
        var rows = QueriesPerTask(options) * (options.Heads / options.KeyValueHeads);
        return ((long)rows * options.HeadDimension)
            + ((long)rows * ScoreStride)
            + ((long)BlockTokens * options.HeadDimension)
            + (2 * StateElements(options, rows))
            + (8 * NativeMemory.Alignment);
    }

    /// <summary>Computes a task.</summary>
    /// <param name="partials">Where places of tasks lie; unused if the task's result is whole.</param>
    internal static void Forward(in Operands o, in Work work, float* scratch, float* partials)
    {
        var d = o.Options.HeadDimension;
        var rows = (work.EndQuery - work.FirstQuery) * o.Group;
        var queries = scratch;
        var scores = Aligned(queries + ((long)rows * d));
        var widened = Aligned(scores + ((long)rows * ScoreStride));
        var next = Aligned(widened + ((long)BlockTokens * d));
        var state = work.Place >= 0 ? partials + work.Place : Aligned(next + StateElements(o.Options, rows));
        for (var query = work.FirstQuery; query < work.EndQuery; query++)
        {
            Lanes.Copy(
                o.Q + o.Place(work.Segment, query, work.KeyHead),
                queries + ((long)(query - work.FirstQuery) * o.Group * d),
                o.Group * d,
                Attention.QueryFactor(o.Options)
            );
        }

        for (var chunk = work.FirstChunk; chunk < work.EndChunk; chunk++)
        {
            var first = chunk == work.FirstChunk;
            ForwardChunk(o, work, rows, chunk * ChunkKeys, queries, scores, widened, first ? state : next);
            if (!first)
            {
                Merge(state, next, rows, d);
            }
        }

        if (work.Place < 0)
        {
            Finish(o, work, state);
        }
    }

    /// <summary>state += next: both are sums of weighted values at a maximum, the maximum, and the sum of weights.</summary>
    internal static void Merge(float* state, float* next, int rows, int d)
    {
        var maxima = state + ((long)rows * d);
        var others = next + ((long)rows * d);
        for (var row = 0; row < rows; row++)
        {
            if (others[rows + row] == 0)
            {
                continue;
            }

            var maximum = MathF.Max(maxima[row], others[row]);
            var keep = maxima[rows + row] == 0 ? 0 : Attention.Power(maxima[row] - maximum);
            var add = Attention.Power(others[row] - maximum);
            maxima[row] = maximum;
            maxima[rows + row] = (maxima[rows + row] * keep) + (others[rows + row] * add);
            var place = (long)row * d;
            Lanes.Each(new WeightedSum(state + place, next + place, keep, add), 0, d);
        }
    }

    /// <summary>Writes a whole result to its rows.</summary>
    internal static void Finish(in Operands o, in Work work, float* state)
    {
        var d = o.Options.HeadDimension;
        var rows = (work.EndQuery - work.FirstQuery) * o.Group;
        var denominators = state + ((long)rows * (d + 1));
        for (var row = 0; row < rows; row++)
        {
            var (query, head) = Math.DivRem(row, o.Group);
            var target = o.Y + o.Place(work.Segment, work.FirstQuery + query, work.KeyHead) + ((long)head * d);
            var denominator = denominators[row];
            Lanes.Copy(state + ((long)row * d), target, d, denominator == 0 ? 0 : 1 / denominator);
        }
    }

    // One chunk of keys: scores, weights, sums of values.
    private static void ForwardChunk(
        in Operands o,
        in Work work,
        int rows,
        int start,
        float* queries,
        float* scores,
        float* widened,
        float* state
    )
    {
        var d = o.Options.HeadDimension;
        var before = work.Segment.KeyCount - work.Segment.QueryCount;
        var keys = Math.Clamp(before + work.EndQuery - start, 0, ChunkKeys);
        var window = o.Options.Window > 0 ? o.Options.Window : int.MaxValue / 2;
        var hidden = Math.Clamp(before + work.FirstQuery + 1 - window - start, 0, keys) / BlockTokens * BlockTokens;
        for (var key = hidden; key < keys; key += BlockTokens)
        {
            var half = KeysOf(o, work, start + key);
            var panel = Widen(o, half, d, d, BlockTokens, isKeys: true, widened);
            Product(o.Kernels, rows, BlockTokens, d, queries, d, panel, BlockTokens, scores + key, ScoreStride, false);
        }

        var maxima = state + ((long)rows * d);
        for (var row = 0; row < rows; row++)
        {
            var end = before + work.FirstQuery + (row / o.Group) + 1 - start;
            maxima[row] = float.NegativeInfinity;
            maxima[rows + row] = Attention.Weigh(
                scores + ((long)row * ScoreStride),
                Math.Clamp(end - window, 0, keys),
                Math.Clamp(end, 0, keys),
                keys,
                o.Options.Softcap,
                ref maxima[row]
            );
        }

        if (hidden >= keys)
        {
            new Span<float>(state, rows * d).Clear();
        }

        for (var key = hidden; key < keys; key += BlockTokens)
        {
            // Places behind the last key may hold anything.
            var steps = Math.Min(BlockTokens, keys - key);
            var half = KeysOf(o, work, start + key) + o.Cache.HalfBytes;
            var panel = Widen(o, half, BlockTokens, steps, d, isKeys: false, widened);
            Product(o.Kernels, rows, d, steps, scores + key, ScoreStride, panel, d, state, d, key > hidden);
        }
    }

    private static byte* KeysOf(in Operands o, in Work work, int key) =>
        o.Cache.Keys(o.Blocks[work.Segment.FirstBlock + (key / BlockTokens)], o.Layer, work.KeyHead);

    private static float* Widen(
        in Operands o,
        byte* half,
        int rows,
        int steps,
        int columns,
        bool isKeys,
        float* widened
    )
    {
        if (o.Cache.Type == KeyValueType.Float32)
        {
            return (float*)half;
        }

        KeyValueCodec.Widen(o.Cache.Type, half, rows, steps, columns, isKeys, widened);
        return widened;
    }

    // c [rows, columns] = a [rows, steps] · b [steps, columns], or c += ….
    private static void Product(
        MatrixKernels kernels,
        int rows,
        int columns,
        int steps,
        float* a,
        long aStride,
        float* b,
        long bStride,
        float* c,
        long cStride,
        bool accumulate
    )
    {
        var (tall, low, height) = Blocking.Panels(rows, kernels.TileRows);
        for (var column = 0; column < columns; column += kernels.TileColumns)
        {
            var width = Math.Min(kernels.TileColumns, columns - column);
            Tiles(tall, height + 1, 0);
            Tiles(low, height, tall * (height + 1));

            void Tiles(int panels, int tileRows, int firstRow)
            {
                if (panels == 0)
                {
                    return;
                }

                var arguments = new TileArguments
                {
                    A = (byte*)(a + (firstRow * aStride)),
                    ARowStride = aStride * sizeof(float),
                    AStepStride = sizeof(float),
                    APanelStride = tileRows * aStride * sizeof(float),
                    B = (byte*)(b + column),
                    BStepStride = bStride * sizeof(float),
                    C = (byte*)(c + (firstRow * cStride) + column),
                    CRowStride = cStride * sizeof(float),
                    CPanelStride = tileRows * cStride * sizeof(float),
                    Steps = steps,
                    Panels = panels,
                    Prefetch = (byte*)b,
                    Alpha = 1,
                    Accumulate = accumulate ? 1 : 0,
                };
                kernels.Tile(tileRows, width, pairs: false, streamed: false, &arguments);
            }
        }
    }

    private static float* Aligned(float* pointer) =>
        (float*)(((nint)pointer + NativeMemory.Alignment - 1) & -NativeMemory.Alignment);

    private readonly struct WeightedSum(float* state, float* next, float keep, float add) : ILaneKernel
    {
        public void Invoke(long index, int count) =>
            Lanes.Store(
                (Lanes.Load(state + index, count) * keep) + (Lanes.Load(next + index, count) * add),
                state + index,
                count
            );
    }
}
