using System.Runtime.InteropServices;
using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Automata;

/// <summary>A rule's automaton, which is in one state at a time; state 0 is the first.</summary>
/// <param name="Next">[states][classes]: the state after a byte, or -1.</param>
/// <param name="Calls">[states]: the rules that may be called, each once, and the state after each.</param>
/// <param name="Accepts">[states]: whether the rule may end.</param>
internal sealed record Dfa(List<int[]> Next, List<(Rule Rule, int Target)[]> Calls, List<bool> Accepts);

/// <summary>Turns sets of nodes that an <see cref="Nfa"/> may be in into states.</summary>
internal sealed class Determinizer(Nfa nfa, ConstraintLimits limits, ByteClasses classes)
{
    private readonly List<int>[] byClass = [.. Enumerable.Range(0, classes.Count).Select(_ => new List<int>())];
    private readonly int[] seen = new int[nfa.Count];
    private readonly Stack<int> open = new();
    private int round;

    private Dictionary<int[], int> ids = [];
    private List<int[]> sets = [];

    public Dfa Build(int start, int end)
    {
        ids = new Dictionary<int[], int>(SetComparer.Instance);
        sets = [];
        var dfa = new Dfa([], [], []);
        IdOf([start], end);
        for (var state = 0; state < sets.Count; state++)
        {
            dfa.Accepts.Add(Array.BinarySearch(sets[state], end) >= 0);
            dfa.Next.Add(NextOf(sets[state], end));
            dfa.Calls.Add(CallsOf(sets[state], end));
        }

        return dfa;
    }

    private int[] NextOf(int[] set, int end)
    {
        foreach (var node in set)
        {
            foreach (var edge in nfa[node].Bytes ?? [])
            {
                limits.Work();
                for (int c = classes[edge.Low]; c < classes.Count && classes.Range(c).Low <= edge.High; c++)
                {
                    byClass[c].Add(edge.Target);
                }
            }
        }

        var next = new int[classes.Count];
        for (var c = 0; c < next.Length; c++)
        {
            var targets = CollectionsMarshal.AsSpan(byClass[c]);
            next[c] =
                targets.IsEmpty ? -1
                : c > 0 && targets.SequenceEqual(CollectionsMarshal.AsSpan(byClass[c - 1])) ? next[c - 1]
                : IdOf(targets, end);
        }

        foreach (var targets in byClass)
        {
            targets.Clear();
        }

        return next;
    }

    private (Rule Rule, int Target)[] CallsOf(int[] set, int end) =>
        [
            .. set.SelectMany(node => nfa[node].Calls ?? [])
                .GroupBy(call => call.Rule)
                .Select(calls => (calls.Key, IdOf(calls.Select(call => call.Target).ToArray(), end))),
        ];

    /// <summary>The state of all nodes that some lead to over nothing; only those count that do more than that.</summary>
    private int IdOf(ReadOnlySpan<int> nodes, int end)
    {
        round++;
        var members = new List<int>();
        foreach (var node in nodes)
        {
            Visit(node);
        }

        while (open.TryPop(out var node))
        {
            limits.Work();
            var edges = nfa[node];
            if (edges.Bytes is not null || edges.Calls is not null || node == end)
            {
                members.Add(node);
            }

            foreach (var target in edges.Empty ?? [])
            {
                Visit(target);
            }
        }

        members.Sort();
        int[] set = [.. members];
        if (!ids.TryGetValue(set, out var id))
        {
            limits.AddState();
            ids.Add(set, id = sets.Count);
            sets.Add(set);
        }

        return id;
    }

    private void Visit(int node)
    {
        if (seen[node] != round)
        {
            seen[node] = round;
            open.Push(node);
        }
    }

    private sealed class SetComparer : IEqualityComparer<int[]>
    {
        public static SetComparer Instance { get; } = new();

        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj)
        {
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes(obj.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
