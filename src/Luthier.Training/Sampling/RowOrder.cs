namespace Luthier.Training.Sampling;

/// <summary>How the rows of an epoch are put in order.</summary>
internal enum RowOrder
{
    /// <summary>As they are in the file, in every epoch.</summary>
    File = 0,

    /// <summary>At random, anew in every epoch.</summary>
    Shuffled,

    /// <summary>At random, but rows of similar length share a batch.</summary>
    GroupedByLength,
}

/// <summary>
/// The order of rows in each epoch: a pure function of seed and epoch, so that a resumed run needs nothing but them.
/// </summary>
/// <param name="order">How to order.</param>
/// <param name="lengths">Length of each row in tokens.</param>
/// <param name="batchSize">Rows of one optimizer step.</param>
/// <param name="seed">Seed of the run.</param>
internal sealed class RowSampler(RowOrder order, IReadOnlyList<int> lengths, int batchSize, int seed)
{
    // As many batches as Transformers sorts together, at most.
    private const int BatchesSortedTogether = 50;

    /// <summary>Rows in the order in which the epoch (from 0) takes them.</summary>
    public int[] RowsOf(int epoch)
    {
        if (order == RowOrder.File)
        {
            return [.. Enumerable.Range(0, lengths.Count)];
        }

        var rows = new SeededRandom((uint)seed, (uint)epoch).Permutation(lengths.Count);
        if (order == RowOrder.GroupedByLength)
        {
            Group(rows);
        }

        return rows;
    }

    // Sorts runs of several batches by length, longest first, and brings the longest row of all to the beginning, so
    // that a run which needs too much memory fails at once. Source: Transformers' get_length_grouped_indices.
    private void Group(int[] rows)
    {
        var together = Math.Min(Math.Max(rows.Length / (batchSize * 4), 1), BatchesSortedTogether) * batchSize;
        var longest = 0;
        for (var start = 0; start < rows.Length; start += together)
        {
            rows.AsSpan(start, Math.Min(together, rows.Length - start))
                .Sort((a, b) => lengths[b].CompareTo(lengths[a]));
            longest = lengths[rows[start]] > lengths[rows[longest]] ? start : longest;
        }

        if (rows.Length > 0)
        {
            (rows[0], rows[longest]) = (rows[longest], rows[0]);
        }
    }
}
