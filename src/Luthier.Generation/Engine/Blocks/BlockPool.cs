using System.Diagnostics;

namespace Luthier.Generation.Engine.Blocks;

/// <summary>
/// Who holds which block of the key-value cache, and which content can be found again. A full block has a hash, under
/// which others find it: from the moment that somebody plans to compute it, so that those who need the same wait
/// instead of computing it too, until its memory is taken for something else. For one thread.
/// </summary>
internal sealed class BlockPool
{
    private readonly FreeBlocks free;
    private readonly State[] blocks;
    private readonly Dictionary<UInt128, int> index;

    public BlockPool(int blocks)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blocks);
        free = new FreeBlocks(blocks);
        this.blocks = new State[blocks];
        index = new Dictionary<UInt128, int>(blocks);
    }

    public int Count => blocks.Length;

    /// <summary>Blocks that no sequence holds; some have content that can still be found.</summary>
    public int FreeCount => free.Count;

    /// <summary>Blocks that can be found by their content.</summary>
    public int FindableCount => index.Count;

    /// <summary>How many hold the block.</summary>
    public int HoldersOf(int block) => blocks[block].Holders;

    /// <summary>Whether all keys and values of the block are there.</summary>
    public bool IsComputed(int block) => blocks[block].Computed;

    /// <summary>Who fills the block; null: nobody, or it is full.</summary>
    public object? WriterOf(int block) => blocks[block].Writer;

    /// <summary>A free block for new content, held once. There must be one.</summary>
    public int Take(object writer)
    {
        var block = free.First;
        free.Remove(block);
        Forget(block);
        blocks[block].Holders = 1;
        blocks[block].Writer = writer;
        return block;
    }

    /// <summary>The block with a content, computed or planned, or −1; it is not held by this.</summary>
    public int Find(UInt128 hash) => index.GetValueOrDefault(hash, -1);

    /// <summary>One more holds a block that was found.</summary>
    public void Hold(int block)
    {
        if (blocks[block].Holders++ == 0)
        {
            free.Remove(block);
        }
    }

    /// <summary>Lets others find the block, unless they find another one with this content.</summary>
    public void Name(int block, UInt128 hash)
    {
        ref var state = ref blocks[block];
        if (!state.Named && index.TryAdd(hash, block))
        {
            state.Named = true;
            state.Hash = hash;
        }
    }

    /// <summary>Somebody who holds the block fills it in place of one who gave it up.</summary>
    public void Claim(int block, object writer)
    {
        Debug.Assert(blocks[block] is { Writer: null, Computed: false, Holders: > 0 }, "the block is somebody else's");
        blocks[block].Writer = writer;
    }

    /// <summary>The block is full.</summary>
    public void Complete(int block)
    {
        Debug.Assert(blocks[block].Holders > 0, "nobody holds the block");
        blocks[block].Computed = true;
        blocks[block].Writer = null;
    }

    /// <summary>
    /// One holder less. Content that is complete and has a name stays findable; a block that its writer leaves
    /// unfinished is for another holder to <see cref="Claim"/>.
    /// </summary>
    public void Release(int block, object holder)
    {
        ref var state = ref blocks[block];
        if (state.Holders <= 0)
        {
            throw new InvalidOperationException($"block {block} is released more often than it was held");
        }

        state.Writer = ReferenceEquals(state.Writer, holder) ? null : state.Writer;
        if (--state.Holders > 0)
        {
            return;
        }

        if (state is { Named: true, Computed: true })
        {
            free.AddLast(block);
            return;
        }

        Forget(block);
        free.AddFirst(block);
    }

    private void Forget(int block)
    {
        ref var state = ref blocks[block];
        if (state.Named)
        {
            index.Remove(state.Hash);
        }

        state = default;
    }

    private struct State
    {
        public UInt128 Hash;
        public object? Writer;
        public int Holders;
        public bool Named;
        public bool Computed;
    }
}
