using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

public static unsafe partial class Attention
{
    /// <summary>Segments of at most so many queries are read through once, without packing keys.</summary>
    internal const int DecodeQueries = 4;

    /// <summary>Keys of one task of decoding.</summary>
    internal const int DecodeKeys = 512;

    /// <summary>Elements that the result of one task takes: weighted values, maximum and sum of weights by row.</summary>
    internal static long DecodePartial(in AttentionOptions options, int queries) =>
        (long)Rows(options, queries) * (Panels.Padded(options.HeadDimension) + 2);

    /// <summary>Elements of scratch that <see cref="Decode"/> needs.</summary>
    internal static long DecodeScratch(in AttentionOptions options)
    {
        var rows = Rows(options, DecodeQueries);
        var padded = Panels.Padded(options.HeadDimension);
        return ((long)rows * padded) + ((long)rows * (DecodeKeys + Panels.Width)) + ((long)DecodeKeys * Panels.Width);
    }

    /// <summary>
    /// Keys chunk .. chunk + keys of a segment for all queries and heads of one key-value head. Rows are queries,
    /// head after head.
    /// </summary>
    internal static void Decode(
        in Operands o,
        in AttentionSegment segment,
        int keyHead,
        int chunk,
        int keys,
        float* scratch,
        float* partial
    )
    {
        const int stride = DecodeKeys + Panels.Width;
        var d = o.Options.HeadDimension;
        var rows = Rows(o.Options, segment.QueryCount);
        var padded = Panels.Padded(d);
        var queries = scratch;
        var scores = queries + ((long)rows * padded);
        var tail = scores + ((long)rows * stride);
        var maxima = partial + ((long)rows * padded);
        var source = o.Key(segment, keyHead, chunk);
        for (var head = 0; head < o.Group; head++)
        {
            var from = o.Q + o.Query(segment, (keyHead * o.Group) + head, 0);
            Gather(
                from,
                o.QueryColumns,
                segment.QueryCount,
                d,
                QueryFactor(o.Options),
                queries + ((long)head * segment.QueryCount * padded),
                padded
            );
        }

        Dots(queries, padded, rows, d, o.K + source, o.KeyColumns, keys, scores, stride);
        var visible = new Visibility(segment, o.Options.Window, chunk, keys);
        for (var row = 0; row < rows; row++)
        {
            var query = row % segment.QueryCount;
            maxima[row] = float.NegativeInfinity;
            maxima[rows + row] = DecodeWeights(
                scores + ((long)row * stride),
                visible.First(query),
                visible.End(query),
                keys,
                o.Options.Softcap,
                ref maxima[row]
            );
        }

        for (var column = 0; column < padded; column += Panels.Width)
        {
            // The last columns of an odd head dimension go through a padded copy.
            var whole = column + Panels.Width <= d;
            if (!whole)
            {
                Panels.Pack(o.V + source + column, o.KeyColumns, keys, d - column, tail, DecodeKeys);
            }

            for (var row = 0; row < rows; row += Panels.TileRows)
            {
                Panels.Tile(
                    Math.Min(rows - row, Panels.TileRows),
                    scores + ((long)row * stride),
                    stride,
                    1,
                    whole ? o.V + source + column : tail,
                    whole ? o.KeyColumns : Panels.Width,
                    partial + ((long)row * padded) + column,
                    padded,
                    keys,
                    accumulate: false
                );
            }
        }
    }

    /// <summary>Puts the partial results of all chunks of one segment and key-value head together, in order.</summary>
    internal static void Merge(in Operands o, in AttentionSegment segment, int keyHead, int chunks, float* partials)
    {
        var d = o.Options.HeadDimension;
        var padded = Panels.Padded(d);
        var rows = Rows(o.Options, segment.QueryCount);
        var size = DecodePartial(o.Options, segment.QueryCount);
        for (var row = 0; row < rows; row++)
        {
            var maximum = float.NegativeInfinity;
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                maximum = Math.Max(maximum, partials[(chunk * size) + ((long)rows * padded) + row]);
            }

            var denominator = 0f;
            for (var chunk = 0; chunk < chunks; chunk++)
            {
                var maxima = partials + (chunk * size) + ((long)rows * padded);
                if (maxima[rows + row] != 0)
                {
                    maxima[row] = Power(maxima[row] - maximum);
                    denominator += maxima[row] * maxima[rows + row];
                }
            }

            var head = (keyHead * o.Group) + (row / segment.QueryCount);
            var query = row % segment.QueryCount;
            var y = o.Y + o.Query(segment, head, query);
            for (var i = 0; i < d; i += Lanes.Count)
            {
                var sum = Vector256<float>.Zero;
                for (var chunk = 0; chunk < chunks; chunk++)
                {
                    var part = partials + (chunk * size);
                    if (part[((long)rows * (padded + 1)) + row] != 0)
                    {
                        var factor = part[((long)rows * padded) + row] / denominator;
                        sum += Vector256.Load(part + ((long)row * padded) + i) * factor;
                    }
                }

                Lanes.Store(sum, y + i, Math.Min(d - i, Lanes.Count));
            }

            if (o.LogSumExp is not null)
            {
                var place = ((long)head * o.Rows) + segment.QueryStart + query;
                o.LogSumExp[place] = denominator == 0 ? 0 : LogSum(maximum, denominator);
            }
        }
    }

    private static int Rows(in AttentionOptions options, int queries) =>
        queries * (options.Heads / options.KeyValueHeads);

    // Scores become weights, zero where the row sees nothing; returns their sum.
    internal static float DecodeWeights(float* row, int first, int end, int keys, float softcap, ref float maximum)
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

    // scores [row, key] = rows · keysᵀ; four keys at a time for every row, as they stream by.
    private static void Dots(
        float* queries,
        int padded,
        int rows,
        int d,
        float* keys,
        long keyStride,
        int count,
        float* scores,
        int stride
    )
    {
        var key = 0;
        for (; key <= count - 4; key += 4)
        {
            for (var row = 0; row < rows; row++)
            {
                FourDots(queries + ((long)row * padded), keys + (key * keyStride), keyStride, d)
                    .Store(scores + ((long)row * stride) + key);
            }
        }

        for (; key < count; key++)
        {
            for (var row = 0; row < rows; row++)
            {
                scores[((long)row * stride) + key] = Reductions.Dot(
                    queries + ((long)row * padded),
                    keys + (key * keyStride),
                    d
                );
            }
        }
    }

    private static Vector128<float> FourDots(float* query, float* keys, long stride, int d)
    {
        var sum0 = Vector256<float>.Zero;
        var sum1 = Vector256<float>.Zero;
        var sum2 = Vector256<float>.Zero;
        var sum3 = Vector256<float>.Zero;
        var third = keys + (2 * stride);
        for (var i = 0; i < d; i += Lanes.Count)
        {
            var count = Math.Min(d - i, Lanes.Count);
            var q = Lanes.Load(query + i, count);
            sum0 = VectorMath.Fma(q, Lanes.Load(keys + i, count), sum0);
            sum1 = VectorMath.Fma(q, Lanes.Load(keys + stride + i, count), sum1);
            sum2 = VectorMath.Fma(q, Lanes.Load(third + i, count), sum2);
            sum3 = VectorMath.Fma(q, Lanes.Load(third + stride + i, count), sum3);
        }

        return Sums(Halves(sum0), Halves(sum1), Halves(sum2), Halves(sum3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Halves(Vector256<float> x) => x.GetLower() + x.GetUpper();

    // Lane i is the sum of the lanes of vector i.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sums(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        var odd = Vector128.Create(0, -1, 0, -1).AsSingle();
        var high = Vector128.Create(0, 0, -1, -1).AsSingle();
        var ab = Fold(a, b, odd, Vector128.Create(1, 0, 3, 2));
        var cd = Fold(c, d, odd, Vector128.Create(1, 0, 3, 2));
        return Fold(ab, cd, high, Vector128.Create(2, 3, 0, 1));
    }

    // Where the mask is clear x plus its neighbour by the order, elsewhere y plus its neighbour.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fold(
        Vector128<float> x,
        Vector128<float> y,
        Vector128<float> mask,
        Vector128<int> order
    ) =>
        Vector128.ConditionalSelect(mask, y, x)
        + Vector128.ConditionalSelect(mask, Vector128.Shuffle(y, order), Vector128.Shuffle(x, order));
}
