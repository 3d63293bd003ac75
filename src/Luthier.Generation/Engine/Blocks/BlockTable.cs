using System.Diagnostics;
using System.Runtime.InteropServices;
using Luthier.Tensors.KeyValues;

namespace Luthier.Generation.Engine.Blocks;

/// <summary>The blocks of one sequence in order: at first those that it shares, then those that it fills itself.</summary>
/// <param name="pool">Where the blocks come from.</param>
/// <param name="root">See <see cref="BlockHash.Root"/>.</param>
/// <param name="findable">Whether full blocks are to be found by others.</param>
internal sealed class BlockTable(BlockPool pool, UInt128 root, bool findable)
{
    private const int BlockTokens = PagedKeyValueCache.BlockTokens;

    private readonly List<int> blocks = [];
    private readonly List<UInt128> hashes = [];

    public ReadOnlySpan<int> Blocks => CollectionsMarshal.AsSpan(blocks);

    /// <summary>Finds out what full blocks of a prompt are called, on the thread that submits it.</summary>
    public void Prepare(ReadOnlySpan<int> tokens) => HashUpTo(tokens, tokens.Length / BlockTokens);

    /// <summary>
    /// Holds a block for every token, those with the same content as far as there are any, or changes nothing if too
    /// few are free.
    /// </summary>
    /// <param name="tokens">All tokens known; at least the last is always computed.</param>
    /// <param name="share">Whether blocks of others may be used.</param>
    /// <param name="spare">So many blocks must be left.</param>
    public bool TryReserve(ReadOnlySpan<int> tokens, bool share, int spare)
    {
        Debug.Assert(blocks.Count == 0, "the sequence has blocks already");
        var total = PagedKeyValueCache.BlocksFor(tokens.Length);
        HashUpTo(tokens, tokens.Length / BlockTokens);
        var (shared, sharedFree) = share ? CountShared((tokens.Length - 1) / BlockTokens) : (0, 0);
        if (pool.FreeCount - sharedFree - (total - shared) < spare)
        {
            return false;
        }

        for (var i = 0; i < shared; i++)
        {
            var block = pool.Find(hashes[i]);
            pool.Hold(block);
            blocks.Add(block);
        }

        for (var i = shared; i < total; i++)
        {
            var block = pool.Take(writer: this);
            blocks.Add(block);
            if (findable && i < hashes.Count)
            {
                pool.Name(block, hashes[i]);
            }
        }

        return true;
    }

    /// <summary>Holds one more block if the tokens need it; false if none is free.</summary>
    public bool TryGrow(int tokens)
    {
        if (PagedKeyValueCache.BlocksFor(tokens) <= blocks.Count)
        {
            return true;
        }

        if (pool.FreeCount == 0)
        {
            return false;
        }

        blocks.Add(pool.Take(writer: this));
        return true;
    }

    /// <summary>
    /// How far the sequence is computed, given that it is up to <paramref name="computed"/>, by what others have
    /// computed since; but at most to the last of <paramref name="tokens"/>.
    /// </summary>
    public int Skip(int computed, int tokens)
    {
        while (
            computed % BlockTokens == 0
            && computed + BlockTokens < tokens
            && pool.IsComputed(blocks[computed / BlockTokens])
        )
        {
            computed += BlockTokens;
        }

        return computed;
    }

    /// <summary>
    /// Up to which token this sequence may compute now, from <paramref name="computed"/> on: up to blocks that
    /// somebody else is computing. Blocks that were given up become its own.
    /// </summary>
    public int WritableUpTo(int computed, int tokens)
    {
        var end = computed / BlockTokens;
        while (end < blocks.Count && !pool.IsComputed(blocks[end]))
        {
            if (pool.WriterOf(blocks[end]) is null)
            {
                pool.Claim(blocks[end], this);
            }

            if (!ReferenceEquals(pool.WriterOf(blocks[end]), this))
            {
                break;
            }

            end++;
        }

        return Math.Min(end * BlockTokens, tokens);
    }

    /// <summary>The keys and values of the tokens from..to are computed now.</summary>
    public void Complete(ReadOnlySpan<int> tokens, int from, int to)
    {
        var end = to / BlockTokens;
        if (from / BlockTokens == end)
        {
            return;
        }

        HashUpTo(tokens, end);
        for (var i = from / BlockTokens; i < end; i++)
        {
            pool.Complete(blocks[i]);
            if (findable)
            {
                pool.Name(blocks[i], hashes[i]);
            }
        }
    }

    /// <summary>Gives all blocks back, the last first: the start of a text is the more likely to be wanted again.</summary>
    public void Release()
    {
        for (var i = blocks.Count - 1; i >= 0; i--)
        {
            pool.Release(blocks[i], this);
        }

        blocks.Clear();
    }

    private (int Shared, int Free) CountShared(int atMost)
    {
        var (shared, free) = (0, 0);
        for (; shared < Math.Min(atMost, hashes.Count); shared++)
        {
            var block = pool.Find(hashes[shared]);
            if (block < 0)
            {
                break;
            }

            free += pool.HoldersOf(block) == 0 ? 1 : 0;
        }

        return (shared, free);
    }

    private void HashUpTo(ReadOnlySpan<int> tokens, int count)
    {
        for (var i = hashes.Count; findable && i < count; i++)
        {
            var parent = i == 0 ? root : hashes[i - 1];
            hashes.Add(BlockHash.Next(parent, tokens.Slice(i * BlockTokens, BlockTokens)));
        }
    }
}
