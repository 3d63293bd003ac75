using Luthier.Training.Data;

namespace Luthier.Training.Sampling;

/// <summary>Puts several short sequences into one row of limited length; they share the row but attend apart.</summary>
internal static class SequencePacker
{
    /// <summary>
    /// Fills rows of at most <paramref name="capacity"/> tokens. In file order a row is closed when the next sequence
    /// does not fit; otherwise each sequence goes to the fullest row that still has room for it.
    /// </summary>
    public static TokenSequence[][] Pack(IReadOnlyList<TokenSequence> sequences, int capacity, bool inFileOrder)
    {
        List<List<TokenSequence>> rows = [];

        // Open rows by the room they have left.
        var open = new Stack<int>?[capacity + 1];
        foreach (var sequence in sequences)
        {
            var room = Fullest(open, sequence.Length);
            if (room < 0 && inFileOrder)
            {
                Array.Clear(open);
            }

            int row;
            if (room < 0)
            {
                room = Math.Max(capacity, sequence.Length);
                row = rows.Count;
                rows.Add([]);
            }
            else
            {
                row = open[room]!.Pop();
            }

            rows[row].Add(sequence);
            (open[room - sequence.Length] ??= new Stack<int>()).Push(row);
        }

        return [.. rows.Select(row => row.ToArray())];
    }

    private static int Fullest(Stack<int>?[] open, int length)
    {
        for (var room = length; room < open.Length; room++)
        {
            if (open[room] is { Count: > 0 })
            {
                return room;
            }
        }

        return -1;
    }
}
