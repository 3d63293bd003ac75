using System.Diagnostics.CodeAnalysis;

namespace Luthier.Generation.Engine.Scheduling;

/// <summary>
/// Sequences to be admitted: by priority, then by arrival. One that too many later ones went before is next, so that a
/// stream of urgent requests can't starve the others.
/// </summary>
internal sealed class WaitingQueue
{
    /// <summary>So many may be admitted before the oldest.</summary>
    public const int MaxOvertaken = 256;

    private readonly SortedSet<Sequence> byRank = new(Comparer<Sequence>.Create((a, b) => a.CompareRank(b)));
    private readonly SortedSet<Sequence> byArrival = new(
        Comparer<Sequence>.Create((a, b) => a.Arrival.CompareTo(b.Arrival))
    );

    public int Count => byRank.Count;

    public bool TryPeek([NotNullWhen(true)] out Sequence? first) => (first = byRank.Min) is not null;

    public void Add(Sequence sequence)
    {
        sequence.State = SequenceState.Waiting;
        byRank.Add(sequence);
        byArrival.Add(sequence);
    }

    public void Remove(Sequence sequence)
    {
        byRank.Remove(sequence);
        byArrival.Remove(sequence);
    }

    /// <summary>Takes the first out because it is admitted.</summary>
    public void TakeFirst()
    {
        var first = byRank.Min!;
        Remove(first);
        if (byArrival.Min is { } oldest && oldest.Arrival < first.Arrival && ++oldest.Overtaken == MaxOvertaken)
        {
            byRank.Remove(oldest);
            oldest.IsOverdue = true;
            byRank.Add(oldest);
        }
    }
}
