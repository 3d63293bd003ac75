using System.Runtime.InteropServices;

namespace Luthier.Text.Bpe.Training;

/// <summary>A word of the training text as symbols, and how often it occurs.</summary>
internal sealed class TrainingWord(int[] symbols, long count)
{
    public int[] Symbols { get; set; } = symbols;

    public long Count => count;
}

/// <summary>
/// Counts neighbouring symbols over all words and keeps the counts right through merges, touching only the words in which
/// a merged pair occurs.
/// </summary>
internal sealed class PairCounts
{
    private readonly TrainingWord[] words;
    private readonly Dictionary<(int Left, int Right), long> counts = [];

    /// <summary>Words in which a pair occurs or occurred.</summary>
    private readonly Dictionary<(int Left, int Right), List<int>> places = [];

    /// <summary>Most frequent first, of equals the one of lower symbols. Entries may be out of date.</summary>
    private readonly PriorityQueue<(int Left, int Right), (long NegativeCount, int Left, int Right)> queue = new();

    public PairCounts(TrainingWord[] words)
    {
        this.words = words;
        for (var i = 0; i < words.Length; i++)
        {
            Add(i, words[i].Symbols);
        }

        foreach (var (pair, count) in counts)
        {
            queue.Enqueue(pair, (-count, pair.Left, pair.Right));
        }
    }

    /// <summary>The most frequent pair; false where none is frequent enough.</summary>
    public bool TryTakeBest(long minimumCount, out (int Left, int Right) pair)
    {
        while (queue.TryDequeue(out pair, out var priority))
        {
            var count = counts.GetValueOrDefault(pair);
            if (count < minimumCount)
            {
                continue;
            }

            if (count == -priority.NegativeCount)
            {
                return true;
            }

            queue.Enqueue(pair, (-count, pair.Left, pair.Right));
        }

        return false;
    }

    /// <summary>Merges a pair in all words into a symbol.</summary>
    public void Merge((int Left, int Right) pair, int newSymbol)
    {
        var changed = new HashSet<(int Left, int Right)>();
        places.Remove(pair, out var occurrences);
        foreach (var index in occurrences!.Distinct())
        {
            var word = words[index];
            var merged = Replace(word.Symbols, pair, newSymbol);
            if (merged.Length == word.Symbols.Length)
            {
                continue;
            }

            for (var i = 0; i + 1 < word.Symbols.Length; i++)
            {
                counts[(word.Symbols[i], word.Symbols[i + 1])] -= word.Count;
            }

            word.Symbols = merged;
            Add(index, merged);
            for (var i = 0; i + 1 < merged.Length; i++)
            {
                if (merged[i] == newSymbol || merged[i + 1] == newSymbol)
                {
                    changed.Add((merged[i], merged[i + 1]));
                }
            }
        }

        counts.Remove(pair);
        foreach (var other in changed)
        {
            queue.Enqueue(other, (-counts[other], other.Left, other.Right));
        }
    }

    private void Add(int index, int[] symbols)
    {
        for (var i = 0; i + 1 < symbols.Length; i++)
        {
            var pair = (symbols[i], symbols[i + 1]);
            CollectionsMarshal.GetValueRefOrAddDefault(counts, pair, out _) += words[index].Count;
            var list = CollectionsMarshal.GetValueRefOrAddDefault(places, pair, out _) ??= [];
            if (list.Count == 0 || list[^1] != index)
            {
                list.Add(index);
            }
        }
    }

    private static int[] Replace(int[] symbols, (int Left, int Right) pair, int newSymbol)
    {
        var result = new int[symbols.Length];
        var length = 0;
        for (var i = 0; i < symbols.Length; i++)
        {
            if (i + 1 < symbols.Length && symbols[i] == pair.Left && symbols[i + 1] == pair.Right)
            {
                result[length++] = newSymbol;
                i++;
            }
            else
            {
                result[length++] = symbols[i];
            }
        }

        return result[..length];
    }
}
