using Luthier.Tensors.Autograd;
using Luthier.Tensors.KeyValues;

namespace Luthier.Tensors.Operations;

/// <summary>Causal grouped-query attention of sequences whose keys and values lie in blocks; for generation only.</summary>
/// <remarks>
/// Keys are gone through in chunks of <see cref="ChunkKeys"/> from the start of the sequence, and what the chunks give
/// is put together in order, so that a row's result depends neither on other rows nor on how work is shared out.
/// </remarks>
public static partial class PagedAttention
{
    /// <summary>Keys whose scores are weighed together.</summary>
    internal const int ChunkKeys = 16 * PagedKeyValueCache.BlockTokens;

    /// <summary>Stores the keys and values of a step's tokens, then attends to all tokens of their sequences.</summary>
    /// <param name="q">[n, heads · d].</param>
    /// <param name="k">[n, kvHeads · d].</param>
    /// <param name="v">[n, kvHeads · d].</param>
    /// <param name="segments">The sequences.</param>
    /// <param name="blocks">The blocks of all sequences.</param>
    /// <returns>[n, heads · d].</returns>
    public static Tensor Apply(
        Tape tape,
        Tensor q,
        Tensor k,
        Tensor v,
        PagedKeyValueCache cache,
        int layer,
        ReadOnlySpan<PagedSegment> segments,
        ReadOnlySpan<int> blocks,
        in AttentionOptions options
    )
    {
        Check(q, k, v, cache, options);
        foreach (var segment in segments)
        {
            Check(segment, q.Rows, blocks, cache);
        }

        var y = tape.New(q.Shape);
        tape.Device.StoreKeyValues(k, v, cache, layer, segments, blocks);
        tape.Device.PagedAttention(q, cache, layer, segments, blocks, options, y);
        return y;
    }

    private static void Check(Tensor q, Tensor k, Tensor v, PagedKeyValueCache cache, in AttentionOptions options)
    {
        var d = options.HeadDimension;
        if (
            q.Columns != options.Heads * d
            || k.Columns != options.KeyValueHeads * d
            || v.Columns != k.Columns
            || cache.Shape.Heads != options.KeyValueHeads
            || cache.Shape.HeadDimension != d
        )
        {
            throw new ArgumentException(
                $"paged attention: {q.Describe()}, {k.Describe()}, {v.Describe()}, {cache.Shape} do not fit {options}"
            );
        }
    }

    private static void Check(in PagedSegment segment, int rows, ReadOnlySpan<int> blocks, PagedKeyValueCache cache)
    {
        var count = PagedKeyValueCache.BlocksFor(segment.KeyCount);
        if (
            segment.QueryStart < 0
            || segment.QueryCount < 1
            || segment.QueryStart > rows - segment.QueryCount
            || segment.KeyCount < segment.QueryCount
            || segment.FirstBlock < 0
            || segment.FirstBlock > blocks.Length - count
        )
        {
            throw new ArgumentException($"paged attention: {segment} does not fit {rows} rows, {blocks.Length} blocks");
        }

        foreach (var block in blocks.Slice(segment.FirstBlock, count))
        {
            if ((uint)block >= (uint)cache.Blocks)
            {
                throw new ArgumentException(
                    $"paged attention: block {block} of {segment}, expected 0..{cache.Blocks - 1}"
                );
            }
        }
    }
}
