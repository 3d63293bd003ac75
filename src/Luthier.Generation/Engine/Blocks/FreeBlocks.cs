using System.Diagnostics;

namespace Luthier.Generation.Engine.Blocks;

/// <summary>
/// The blocks that no sequence holds, in the order in which they are taken: first those without content, then those
/// whose content was used longest ago. A ring through arrays, so that a block is taken out of the middle at once.
/// </summary>
internal sealed class FreeBlocks
{
    private const int Absent = -1;

    private readonly int[] next;
    private readonly int[] previous;
    private readonly int ends;

    /// <summary>All blocks are free, the first first.</summary>
    public FreeBlocks(int blocks)
    {
        // The last place is none of a block: it is before the first and after the last.
        ends = blocks;
        next = new int[blocks + 1];
        previous = new int[blocks + 1];
        for (var i = 0; i <= blocks; i++)
        {
            next[i] = i == blocks ? 0 : i + 1;
            previous[i] = i == 0 ? blocks : i - 1;
        }

        Count = blocks;
    }

    public int Count { get; private set; }

    public bool Contains(int block) => next[block] != Absent;

    /// <summary>The block to take next; not where there is none.</summary>
    public int First
    {
        get
        {
            Debug.Assert(Count > 0, "no block is free");
            return next[ends];
        }
    }

    public void AddFirst(int block) => Insert(block, ends, next[ends]);

    public void AddLast(int block) => Insert(block, previous[ends], ends);

    public void Remove(int block)
    {
        Debug.Assert(Contains(block), "the block is not free");
        next[previous[block]] = next[block];
        previous[next[block]] = previous[block];
        next[block] = previous[block] = Absent;
        Count--;
    }

    private void Insert(int block, int after, int before)
    {
        Debug.Assert(!Contains(block), "the block is free already");
        (previous[block], next[block]) = (after, before);
        next[after] = block;
        previous[before] = block;
        Count++;
    }
}
