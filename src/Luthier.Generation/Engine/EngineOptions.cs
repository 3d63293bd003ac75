using Luthier.Generation.Engine.Blocks;

namespace Luthier.Generation.Engine;

/// <summary>How an engine works.</summary>
public sealed record EngineOptions
{
    /// <summary>
    /// Tokens computed in one step at most. More let prompts pass faster; fewer let the texts in progress go on with
    /// shorter pauses. At least <see cref="MaxSequences"/>.
    /// </summary>
    public int MaxBatchedTokens { get; init; } = 512;

    /// <summary>Sequences that are computed at a time.</summary>
    public int MaxSequences { get; init; } = 64;

    /// <summary>The longest sequence, prompt and new tokens; null: as long as the model and the cache allow.</summary>
    public int? MaxModelLength { get; init; }

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
        var problems = new List<string>();
        Check(MaxSequences > 0, $"max sequences is {MaxSequences}, expected 1 or more");
        Check(
            MaxBatchedTokens >= MaxSequences,
            $"max batched tokens is {MaxBatchedTokens}, expected at least max sequences, {MaxSequences}"
        );
        Check(MaxModelLength is null or > 0, $"max model length is {MaxModelLength}, expected 1 or more");
        Check(CacheBytes is null or > 0, $"cache bytes is {CacheBytes}, expected 1 or more");
        Check(Blocks is null or > 0, $"blocks is {Blocks}, expected 1 or more");
        Check(CacheBytes is null || Blocks is null, "cache bytes and blocks exclude each other");
        Check(MaxWaiting > 0, $"max waiting is {MaxWaiting}, expected 1 or more");
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", problems));
        }

        void Check(bool holds, string problem)
        {
            if (!holds)
            {
                problems.Add(problem);
            }
        }
    }

    /// <summary>How many blocks the cache has.</summary>
    /// <param name="modelLength">The longest sequence of the model.</param>
    /// <param name="blockBytes">Memory of a block.</param>
    /// <param name="memory">Memory that the process may use.</param>
    /// <exception cref="ArgumentException">There is no room for a single block, or not for the longest sequence asked for.</exception>
    internal int ResolveBlocks(int modelLength, long blockBytes, long memory)
    {
        var perSequence = BlockTable.BlocksOf(Math.Min(modelLength, MaxModelLength ?? int.MaxValue));
        var blocks =
            Blocks
            ?? (
                CacheBytes is { } bytes
                    ? bytes / blockBytes
                    : Math.Min((long)perSequence * MaxSequences, memory / 4 / blockBytes)
            );
        blocks = Math.Min(blocks, int.MaxValue / BlockTable.BlockTokens);
        if (blocks < 1)
        {
            throw new ArgumentException($"the key-value cache has room for no block of {blockBytes:N0} bytes");
        }

        if (MaxModelLength is { } length && blocks < perSequence)
        {
            throw new ArgumentException(
                $"the key-value cache has {blocks} blocks, {blocks * BlockTable.BlockTokens} tokens, expected room for "
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

        return Math.Min(MaxModelLength ?? modelLength, blocks * BlockTable.BlockTokens);
    }
}
