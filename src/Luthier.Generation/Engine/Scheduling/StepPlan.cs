using System.Runtime.InteropServices;

namespace Luthier.Generation.Engine.Scheduling;

/// <summary>Tokens of a sequence that a step computes.</summary>
/// <param name="Sequence">The sequence.</param>
/// <param name="Start">Position of the first token.</param>
/// <param name="Count">Number of tokens.</param>
/// <param name="Limit">The token before which this step has to stop, however large its budget.</param>
internal readonly record struct Chunk(Sequence Sequence, int Start, int Count, int Limit)
{
    public int End => Start + Count;

    public ReadOnlySpan<int> Tokens => Sequence.Tokens.Slice(Start, Count);

    /// <summary>Whether the sequence's next token is known after the step.</summary>
    public bool IsLast => End == Sequence.Count;
}

/// <summary>What one step computes; the same object from step to step.</summary>
internal sealed class StepPlan
{
    private static readonly Comparison<Chunk> ByAdapter = (a, b) => AdapterOf(a).CompareTo(AdapterOf(b));

    private readonly List<Chunk> chunks = [];

    public int Count => chunks.Count;

    /// <summary>Tokens of all chunks.</summary>
    public int Tokens { get; private set; }

    public ReadOnlySpan<Chunk> Chunks => CollectionsMarshal.AsSpan(chunks);

    public void Clear()
    {
        chunks.Clear();
        Tokens = 0;
    }

    public void Add(Sequence sequence, int count, int limit)
    {
        chunks.Add(new Chunk(sequence, sequence.Computed, count, limit));
        Tokens += count;
    }

    /// <summary>Gives the first chunks that could be longer what is left of a budget.</summary>
    public void Extend(int budget)
    {
        foreach (ref var chunk in CollectionsMarshal.AsSpan(chunks))
        {
            var more = Math.Min(budget, chunk.Limit - chunk.End);
            chunk = chunk with { Count = chunk.Count + more };
            Tokens += more;
            budget -= more;
        }
    }

    /// <summary>Puts chunks with the same adapter beside each other, where they are computed together.</summary>
    public void GroupAdapters()
    {
        foreach (var chunk in chunks)
        {
            if (chunk.Sequence.Adapter is not null)
            {
                chunks.Sort(ByAdapter);
                return;
            }
        }
    }

    private static long AdapterOf(Chunk chunk) => chunk.Sequence.Adapter?.Number ?? 0;
}
