using Luthier.Tensors.KeyValues;

namespace Luthier.Tensors.Operations;

public static unsafe partial class PagedAttention
{
    /// <summary>Slow and obvious: see <see cref="Devices.Device.StoreKeyValues"/>.</summary>
    internal static void StoreReference(
        Tensor k,
        Tensor v,
        PagedKeyValueCache cache,
        int layer,
        ReadOnlySpan<PagedSegment> segments,
        ReadOnlySpan<int> blocks
    )
    {
        foreach (var segment in segments)
        {
            Store(k, v, cache, layer, segment, blocks, 0, segment.QueryCount);
        }
    }

    /// <summary>Stores rows start .. end of a segment.</summary>
    internal static void Store(
        Tensor k,
        Tensor v,
        PagedKeyValueCache cache,
        int layer,
        in PagedSegment segment,
        ReadOnlySpan<int> blocks,
        int start,
        int end
    )
    {
        var d = cache.Shape.HeadDimension;
        for (var row = start; row < end; row++)
        {
            var (block, token) = Math.DivRem(
                segment.KeyCount - segment.QueryCount + row,
                PagedKeyValueCache.BlockTokens
            );
            for (var head = 0; head < cache.Shape.Heads; head++)
            {
                var keys = cache.Keys(blocks[segment.FirstBlock + block], layer, head);
                var place = ((long)(segment.QueryStart + row) * k.Columns) + ((long)head * d);
                KeyValueCodec.Store(
                    cache.Type,
                    keys,
                    keys + cache.HalfBytes,
                    token,
                    k.Float32 + place,
                    v.Float32 + place,
                    d
                );
            }
        }
    }

    /// <summary>Slow and obvious: gathers each sequence's keys and values and asks <see cref="Attention"/>.</summary>
    internal static void Reference(
        Tensor q,
        PagedKeyValueCache cache,
        int layer,
        ReadOnlySpan<PagedSegment> segments,
        ReadOnlySpan<int> blocks,
        in AttentionOptions options,
        Tensor y
    )
    {
        foreach (var segment in segments)
        {
            var keys = Tensor.Create(DType.Float32, segment.KeyCount, options.KeyValueHeads * options.HeadDimension);
            var values = Tensor.Create(DType.Float32, segment.KeyCount, keys.Columns);
            Gather(cache, layer, segment, blocks, keys, values);
            Attention.Reference(
                q.Slice(segment.QueryStart, segment.QueryCount),
                keys,
                values,
                [new AttentionSegment(0, segment.QueryCount, 0, segment.KeyCount)],
                options,
                y.Slice(segment.QueryStart, segment.QueryCount),
                logSumExp: null
            );
        }
    }

    // Keys and values of a sequence as rows [keys, kvHeads · d].
    private static void Gather(
        PagedKeyValueCache cache,
        int layer,
        in PagedSegment segment,
        ReadOnlySpan<int> blocks,
        Tensor keys,
        Tensor values
    )
    {
        const int tokens = PagedKeyValueCache.BlockTokens;
        var d = cache.Shape.HeadDimension;
        var k = Tensor.Create(DType.Float32, d, tokens);
        var v = Tensor.Create(DType.Float32, tokens, d);
        for (var first = 0; first < segment.KeyCount; first += tokens)
        {
            for (var head = 0; head < cache.Shape.Heads; head++)
            {
                Read(cache, cache.Keys(blocks[segment.FirstBlock + (first / tokens)], layer, head), k, v);
                for (var token = 0; token < Math.Min(tokens, segment.KeyCount - first); token++)
                {
                    var place = ((long)(first + token) * keys.Columns) + ((long)head * d);
                    for (var i = 0; i < d; i++)
                    {
                        keys.Float32[place + i] = k.Float32[(i * tokens) + token];
                        values.Float32[place + i] = v.Float32[(token * d) + i];
                    }
                }
            }
        }
    }

    private static void Read(PagedKeyValueCache cache, byte* half, Tensor k, Tensor v)
    {
        if (cache.Type == KeyValueType.Float32)
        {
            new Span<float>((float*)half, (int)k.Count).CopyTo(k.AsFloats());
            new Span<float>((float*)(half + cache.HalfBytes), (int)v.Count).CopyTo(v.AsFloats());
            return;
        }

        KeyValueCodec.Widen(cache.Type, half, k.Rows, k.Rows, k.Columns, isKeys: true, k.Float32);
        KeyValueCodec.Widen(cache.Type, half + cache.HalfBytes, v.Rows, v.Rows, v.Columns, isKeys: false, v.Float32);
    }
}
