using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors.KeyValues;

namespace Luthier.Generation;

/// <summary>The key-value cache of a single text: its blocks are those of the memory in order, which grows with it.</summary>
internal sealed class TextCache(ModelConfig config) : IDisposable
{
    private const int FirstBlocks = 8;

    private PagedKeyValueCache memory = new(config.KeyValueShape, FirstBlocks, KeyValueType.Float32);
    private int[] blocks = [.. Enumerable.Range(0, FirstBlocks)];

    public PagedKeyValueCache Memory => memory;

    /// <summary>Tokens whose keys and values it has, or will have after the pass.</summary>
    public int Length { get; private set; }

    /// <summary>Makes a batch of more tokens of the text.</summary>
    public void Append(ReadOnlySpan<int> tokens, PagedBatch batch)
    {
        var needed = PagedKeyValueCache.BlocksFor(checked(Length + tokens.Length));
        if (needed > blocks.Length)
        {
            Grow(Math.Max(needed, 2 * blocks.Length));
        }

        batch.Clear();
        batch.Add(tokens, Length, blocks);
        Length += tokens.Length;
    }

    public void Dispose() => memory.Dispose();

    private void Grow(int count)
    {
        using var smaller = memory;
        memory = new PagedKeyValueCache(config.KeyValueShape, count, KeyValueType.Float32);
        blocks = [.. Enumerable.Range(0, count)];
        for (var block = 0; block < PagedKeyValueCache.BlocksFor(Length); block++)
        {
            smaller.Block(block).CopyTo(memory.Block(block));
        }
    }
}
