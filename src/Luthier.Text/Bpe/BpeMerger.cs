using System.Buffers;
using System.Runtime.CompilerServices;

namespace Luthier.Text.Bpe;

/// <summary>
/// Byte-pair merging: while two neighbours may merge, merges the pair of lowest rank, of equals the leftmost. The table
/// maps a pair of symbols to <c>rank &lt;&lt; 32 | merged symbol</c>.
/// </summary>
internal static class BpeMerger
{
    /// <summary>Up to here a scan for the lowest rank is faster than a heap.</summary>
    private const int ShortLength = 40;

    /// <summary>Merges in place and returns how many symbols are left.</summary>
    public static int Merge(Span<int> symbols, PairTable pairs) =>
        symbols.Length <= ShortLength ? MergeShort(symbols, pairs) : MergeLong(symbols, pairs);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int MergeShort(Span<int> symbols, PairTable pairs)
    {
        Span<ulong> found = stackalloc ulong[ShortLength];
        var count = symbols.Length;
        for (var i = 0; i + 1 < count; i++)
        {
            found[i] = pairs.Find(symbols[i], symbols[i + 1]);
        }

        while (count > 1)
        {
            var best = 0;
            for (var i = 1; i < count - 1; i++)
            {
                if ((found[i] >> 32) < (found[best] >> 32))
                {
                    best = i;
                }
            }

            if (found[best] == PairTable.Absent)
            {
                break;
            }

            symbols[best] = (int)found[best];
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            found[(best + 1)..(count - 1)].CopyTo(found[best..]);
            count--;
            if (best > 0)
            {
                found[best - 1] = pairs.Find(symbols[best - 1], symbols[best]);
            }

            if (best + 1 < count)
            {
                found[best] = pairs.Find(symbols[best], symbols[best + 1]);
            }
        }

        return count;
    }

    /// <summary>The same with a linked list and a heap of <c>rank &lt;&lt; 32 | position</c>: n log n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int MergeLong(Span<int> symbols, PairTable pairs)
    {
        const int Merged = -1;
        var count = symbols.Length;
        var links = ArrayPool<int>.Shared.Rent(2 * count);
        var previous = links.AsSpan(0, count);
        var next = links.AsSpan(count, count);
        var heap = new RankHeap(count);
        for (var i = 0; i < count; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1;
        }

        for (var i = 0; i + 1 < count; i++)
        {
            heap.Push(pairs.Find(symbols[i], symbols[i + 1]), i);
        }

        while (heap.TryPop(out var rank, out var left))
        {
            var right = symbols[left] == Merged ? symbols.Length : next[left];
            if (right == symbols.Length)
            {
                continue;
            }

            // The entry is stale where either neighbour has changed since.
            var found = pairs.Find(symbols[left], symbols[right]);
            if (found == PairTable.Absent || (uint)(found >> 32) != rank)
            {
                continue;
            }

            symbols[left] = (int)found;
            symbols[right] = Merged;
            next[left] = next[right];
            count--;
            if (next[left] < symbols.Length)
            {
                previous[next[left]] = left;
                heap.Push(pairs.Find(symbols[left], symbols[next[left]]), left);
            }

            if (previous[left] >= 0)
            {
                heap.Push(pairs.Find(symbols[previous[left]], symbols[left]), previous[left]);
            }
        }

        var kept = 0;
        for (var i = 0; i < symbols.Length; i = next[i])
        {
            symbols[kept++] = symbols[i];
        }

        ArrayPool<int>.Shared.Return(links);
        return count;
    }

    /// <summary>A binary heap of <c>rank &lt;&lt; 32 | position</c>, the least on top.</summary>
    private sealed class RankHeap(int capacity)
    {
        private ulong[] items = new ulong[capacity];
        private int length;

        public void Push(ulong found, int position)
        {
            if (found == PairTable.Absent)
            {
                return;
            }

            if (length == items.Length)
            {
                Array.Resize(ref items, items.Length * 2);
            }

            var item = (found & 0xFFFFFFFF00000000) | (uint)position;
            var child = length++;
            while (child > 0 && items[(child - 1) / 2] > item)
            {
                items[child] = items[(child - 1) / 2];
                child = (child - 1) / 2;
            }

            items[child] = item;
        }

        public bool TryPop(out uint rank, out int position)
        {
            (rank, position) = (0, 0);
            if (length == 0)
            {
                return false;
            }

            rank = (uint)(items[0] >> 32);
            position = (int)items[0];
            var item = items[--length];
            var parent = 0;
            for (var child = 1; child < length; child = (2 * parent) + 1)
            {
                if (child + 1 < length && items[child + 1] < items[child])
                {
                    child++;
                }

                if (items[child] >= item)
                {
                    break;
                }

                items[parent] = items[child];
                parent = child;
            }

            items[parent] = item;
            return true;
        }
    }
}
