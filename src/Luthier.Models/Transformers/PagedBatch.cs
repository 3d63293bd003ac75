using Luthier.Models.Adapters;
using Luthier.Tensors.KeyValues;

namespace Luthier.Models.Transformers;

/// <summary>
/// The tokens of one step of generation: several sequences, each with some tokens that continue it. It is filled anew
/// for every step and keeps its memory.
/// </summary>
public sealed class PagedBatch
{
    private readonly List<LoraSet?> adapters = [];
    private int[] tokens = new int[64];
    private int[] positions = new int[64];
    private int[] blocks = new int[64];
    private PagedSegment[] segments = new PagedSegment[8];
    private int blockCount;

    /// <summary>Number of tokens n.</summary>
    public int Count { get; private set; }

    /// <summary>Number of sequences.</summary>
    public int Sequences { get; private set; }

    /// <summary>Token ids [n].</summary>
    public ReadOnlySpan<int> Tokens => tokens.AsSpan(0, Count);

    /// <summary>Position of each token in its sequence [n].</summary>
    public ReadOnlySpan<int> Positions => positions.AsSpan(0, Count);

    /// <summary>Where each sequence lies among the tokens, and its blocks among <see cref="Blocks"/>.</summary>
    public ReadOnlySpan<PagedSegment> Segments => segments.AsSpan(0, Sequences);

    /// <summary>The blocks of all sequences.</summary>
    public ReadOnlySpan<int> Blocks => blocks.AsSpan(0, blockCount);

    /// <summary>Whether any sequence has an adapter.</summary>
    public bool HasAdapters { get; private set; }

    /// <summary>The adapter of each sequence, or null.</summary>
    public IReadOnlyList<LoraSet?> Adapters => adapters;

    /// <summary>Forgets all sequences.</summary>
    public void Clear()
    {
        (Count, Sequences, blockCount, HasAdapters) = (0, 0, 0, false);
        adapters.Clear();
    }

    /// <summary>Adds tokens of a sequence.</summary>
    /// <param name="added">At least one token.</param>
    /// <param name="start">Position of the first of them: how many tokens of the sequence the cache holds.</param>
    /// <param name="held">The sequence's blocks, for all tokens up to the last of these.</param>
    /// <param name="adapter">What updates the model's projections for this sequence; null: nothing.</param>
    public void Add(ReadOnlySpan<int> added, int start, ReadOnlySpan<int> held, LoraSet? adapter = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(added.Length);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        var keys = start + added.Length;
        var needed = PagedKeyValueCache.BlocksFor(keys);
        if (held.Length < needed)
        {
            throw new ArgumentException($"{held.Length} blocks for {keys} tokens, expected {needed}", nameof(held));
        }

        Grow(ref tokens, Count + added.Length);
        Grow(ref positions, Count + added.Length);
        Grow(ref blocks, blockCount + needed);
        Grow(ref segments, Sequences + 1);
        segments[Sequences++] = new PagedSegment(Count, added.Length, keys, blockCount);
        added.CopyTo(tokens.AsSpan(Count));
        held[..needed].CopyTo(blocks.AsSpan(blockCount));
        for (var i = 0; i < added.Length; i++)
        {
            positions[Count + i] = start + i;
        }

        Count += added.Length;
        blockCount += needed;
        adapters.Add(adapter);
        HasAdapters |= adapter is not null;
    }

    private static void Grow<T>(ref T[] array, int needed)
    {
        if (array.Length < needed)
        {
            Array.Resize(ref array, Math.Max(needed, 2 * array.Length));
        }
    }
}
