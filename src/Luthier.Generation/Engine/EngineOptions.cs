using Luthier.Tensors.KeyValues;

namespace Luthier.Generation.Engine;

/// <summary>How an engine works.</summary>
public sealed record EngineOptions
{
    /// <summary>
    /// Tokens computed in one step at most. More let prompts pass faster; fewer let the texts in progress go on with
    /// shorter pauses. At least <see cref="MaxSequences"/>.
    /// </summary>
    public int MaxBatchedTokens { get; init; } = 128;

    /// <summary>Sequences that are computed at a time.</summary>
    public int MaxSequences { get; init; } = 64;

    /// <summary>The longest sequence, prompt and new tokens; null: as long as the model and the cache allow.</summary>
    public int? MaxModelLength { get; init; }

    /// <summary>
    /// How the key-value cache holds keys and values. Float32 gives the texts that a single text would have; bfloat16
    /// halves the memory, int8 quarters it.
    /// </summary>
    public KeyValueType CacheType { get; init; }

    /// <summary>Memory of the key-value cache; null: what all sequences could need, but at most a quarter of the memory.</summary>
    public long? CacheBytes { get; init; }

    /// <summary>Blocks of 32 tokens of the key-value cache, instead of <see cref="CacheBytes"/>.</summary>
    public int? Blocks { get; init; }

    /// <summary>Whether what was computed of a text is kept for others that begin with it.</summary>
    public bool PrefixCaching { get; init; } = true;

    /// <summary>Requests that may wait; beyond them a request is refused.</summary>
    public int MaxWaiting { get; init; } = 1024;

    /// <summary>Checks what doesn't depend on a model.</summary>
    /// <exception cref="ArgumentException">Options are out of range: one sentence with all of them.</exception>
    public void Validate()
    {
        var problems = new OptionProblems();
        problems.Check(MaxSequences > 0, $"max sequences is {MaxSequences}, expected 1 or more");
        problems.Check(
            MaxBatchedTokens >= MaxSequences,
            $"max batched tokens is {MaxBatchedTokens}, expected at least max sequences, {MaxSequences}"
        );
        problems.Check(MaxModelLength is null or > 0, $"max model length is {MaxModelLength}, expected 1 or more");
        problems.Check(CacheBytes is null or > 0, $"cache bytes is {CacheBytes}, expected 1 or more");
        problems.Check(Blocks is null or > 0, $"blocks is {Blocks}, expected 1 or more");
        problems.Check(CacheBytes is null || Blocks is null, $"cache bytes and blocks exclude each other");
        problems.Check(Enum.IsDefined(CacheType), $"cache type is {CacheType}, expected Float32, BFloat16 or Int8");
        problems.Check(MaxWaiting > 0, $"max waiting is {MaxWaiting}, expected 1 or more");
        problems.Throw();
    }

    /// <summary>How many blocks the cache has.</summary>
    /// <param name="modelLength">The longest sequence of the model.</param>
    /// <param name="blockBytes">Memory of a block.</param>
    /// <param name="memory">Memory that the process may use.</param>
    /// <exception cref="ArgumentException">There is no room for a single block, or not for the longest sequence asked for.</exception>
    internal int ResolveBlocks(int modelLength, long blockBytes, long memory)
    {
        var perSequence = PagedKeyValueCache.BlocksFor(Math.Min(modelLength, MaxModelLength ?? int.MaxValue));
        var blocks =
            Blocks
            ?? (
                CacheBytes is { } bytes
                    ? bytes / blockBytes
                    : Math.Min((long)perSequence * MaxSequences, memory / 4 / blockBytes)
            );
        blocks = Math.Min(blocks, int.MaxValue / PagedKeyValueCache.BlockTokens);
        if (blocks < 1)
        {
            throw new ArgumentException($"the key-value cache has room for no block of {blockBytes:N0} bytes");
        }

        if (MaxModelLength is { } length && blocks < perSequence)
        {
            throw new ArgumentException(
                $"the key-value cache has {blocks} blocks, {blocks * PagedKeyValueCache.BlockTokens} tokens, expected room for "
                    + $"one sequence of max model length, {length}"
            );
        }

        return (int)blocks;
    }

    /// <summary>The longest sequence.</summary>
    internal int ResolveLength(int modelLength, int blocks)
    {
        if (MaxModelLength > modelLength)
        {
            throw new ArgumentException(
                $"max model length is {MaxModelLength}, expected at most the model's {modelLength}"
            );
        }

        return Math.Min(MaxModelLength ?? modelLength, blocks * PagedKeyValueCache.BlockTokens);
    }
}
