using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Automata;

/// <summary>A call of a rule: its first state, and the state after it.</summary>
/// <param name="IsLast">
/// Whether nothing can follow in the calling rule, so that the called rule's end is that of the calling one.
/// </param>
internal readonly record struct StateCall(int Callee, int Target, bool IsLast);

/// <summary>The states of all rules of a grammar. State 0 is the first one of its root.</summary>
internal sealed class StateGraph
{
    private readonly Dictionary<Rule, int> starts = [];

    private StateGraph(ByteClasses classes) => Classes = classes;

    public ByteClasses Classes { get; }

    /// <summary>[states][classes]: the state after a byte, or -1.</summary>
    public List<int[]> Next { get; } = [];

    public List<StateCall[]> Calls { get; } = [];

    /// <summary>By state: whether its rule may end in it.</summary>
    public List<bool> Accepts { get; } = [];

    /// <summary>By state: whether its rule counts towards the depth while it is open, 0 or 1.</summary>
    public List<int> Depths { get; } = [];

    /// <summary>By state: the number of its rule where others may be equal (<see cref="Rule.SharedId"/>), and its place in it.</summary>
    public List<(int SharedId, int Place)> Places { get; } = [];

    public int Count => Next.Count;

    public int RuleCount => starts.Count;

    /// <param name="usedBytes">By byte: whether any token has it; no text may have others.</param>
    public static StateGraph Of(Grammar grammar, IReadOnlyList<bool> usedBytes, ConstraintLimits limits)
    {
        var (rules, inlined) = RuleSet.Of(grammar.Root, limits);
        var nfa = new Nfa(limits);
        var builder = new NfaBuilder(nfa, limits, inlined);
        var ends = new List<(Rule Rule, int Start, int End)>();
        foreach (var rule in rules)
        {
            var start = nfa.AddNode();
            ends.Add((rule, start, builder.Add(rule.Body, start)));
        }

        var graph = new StateGraph(nfa.Classes(usedBytes));
        var determinizer = new Determinizer(nfa, limits, graph.Classes);
        var automata = ends.ConvertAll(rule => (rule.Rule, determinizer.Build(rule.Start, rule.End)));
        graph.AddAll(automata);
        graph.RemoveUnused(usedBytes);
        ConstraintLimits.CheckTransitions((long)graph.Count * graph.Classes.Count);
        return graph;
    }

    /// <summary>Takes out what leads to states whose rule can't be brought to its end.</summary>
    public void Remove(Func<int, bool> isDead)
    {
        for (var state = 0; state < Count; state++)
        {
            foreach (ref var target in Next[state].AsSpan())
            {
                target = target >= 0 && isDead(target) ? -1 : target;
            }

            Calls[state] = Array.FindAll(Calls[state], call => !isDead(call.Callee) && !isDead(call.Target));
        }
    }

    /// <summary>Settles after which calls nothing can follow.</summary>
    public void MarkLastCalls()
    {
        for (var state = 0; state < Count; state++)
        {
            foreach (ref var call in Calls[state].AsSpan())
            {
                var isEnd = Calls[call.Target].Length == 0 && Array.TrueForAll(Next[call.Target], next => next < 0);
                call = call with { IsLast = isEnd };
            }
        }
    }

    private void AddAll(List<(Rule Rule, Dfa Automaton)> automata)
    {
        var count = 0;
        foreach (var (rule, automaton) in automata)
        {
            starts.Add(rule, count);
            count += automaton.Next.Count;
        }

        foreach (var (rule, automaton) in automata)
        {
            var start = starts[rule];
            foreach (var next in automaton.Next)
            {
                Next.Add(Array.ConvertAll(next, target => target < 0 ? -1 : start + target));
                Depths.Add(rule.Depth);
                Places.Add((rule.SharedId, Next.Count - 1 - start));
            }

            Calls.AddRange(
                automaton.Calls.Select(calls =>
                    Array.ConvertAll(
                        calls,
                        call => new StateCall(starts[call.Rule], start + call.Target, IsLast: false)
                    )
                )
            );
            Accepts.AddRange(automaton.Accepts);
        }
    }

    private void RemoveUnused(IReadOnlyList<bool> usedBytes)
    {
        for (var c = 0; c < Classes.Count; c++)
        {
            if (!usedBytes[Classes.Range(c).Low])
            {
                foreach (var next in Next)
                {
                    next[c] = -1;
                }
            }
        }
    }
}
