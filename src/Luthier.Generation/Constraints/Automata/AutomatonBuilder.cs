using Luthier.Generation.Constraints.Expressions;
using Luthier.Generation.Constraints.Vocabulary;

namespace Luthier.Generation.Constraints.Automata;

/// <summary>
/// Makes the automaton of a grammar: 1. a deterministic one per rule; 2. without states that no text leads on from;
/// 3. checked for a way to the end within the greatest depth; 4. with tables that say where each byte leads, whatever
/// rules are called and end on the way.
/// </summary>
internal sealed class AutomatonBuilder
{
    private readonly ConstraintLimits limits;
    private readonly StateGraph graph;
    private readonly int[] bytesToEnd;
    private readonly List<Move[]> moves = [];
    private readonly Dictionary<string, int> knownMoves = new(StringComparer.Ordinal);
    private readonly HashSet<(int, string)> seen = [];
    private readonly Stack<(int State, int[] Pushed)> open = new();

    private AutomatonBuilder(StateGraph graph, int[] bytesToEnd, ConstraintLimits limits) =>
        (this.graph, this.bytesToEnd, this.limits) = (graph, bytesToEnd, limits);

    /// <exception cref="InvalidConstraintException">No text is possible, or the automaton would be too large.</exception>
    public static Automaton Build(Grammar grammar, TokenTrie trie, ConstraintLimits limits)
    {
        // 1.
        var states = StateGraph.Of(grammar, trie.UsedBytes, limits);

        // 2.
        var bytes = new CompletionSolver(
            states,
            new CompletionCosts(_ => 0, (_, after) => Add(after, 1), (_, _, callee, after) => Add(callee, after)),
            limits
        );
        if (bytes.Costs[0] == CompletionSolver.Never)
        {
            throw new InvalidConstraintException("the constraint allows no text, expected at least one");
        }

        states.Remove(state => bytes.Costs[state] == CompletionSolver.Never);
        states.MarkLastCalls();

        // 3.
        var depths = new CompletionSolver(
            states,
            new CompletionCosts(
                state => states.Depths[state],
                (state, after) => Math.Max(states.Depths[state], after),
                (state, call, callee, after) => Math.Max(Add(callee, call.IsLast ? 0 : states.Depths[state]), after)
            ),
            limits
        );
        if (depths.Costs[0] > grammar.MaximumDepth)
        {
            throw new InvalidConstraintException(
                $"the constraint needs values nested deeper than {grammar.MaximumDepth}, expected at most that"
            );
        }

        // 4.
        var builder = new AutomatonBuilder(states, bytes.Costs, limits);
        var automaton = new Automaton(
            states.Classes,
            builder.Table(),
            [.. builder.moves],
            [.. bytes.Costs.Select(x => x == 0)]
        )
        {
            TokensToEnd = new TokenCounts(states, bytes, trie).Count(),
            Depths = [.. states.Depths],
            NeededDepths = depths.Costs,
            MaximumDepth = grammar.MaximumDepth,
            Places = [.. states.Places],
        };
        automaton.FindRuns(trie.UsedBytes);
        return automaton;
    }

    private int[] Table()
    {
        var classes = graph.Classes.Count;
        var table = new int[graph.Count * classes];
        for (var state = 0; state < graph.Count; state++)
        {
            var reached = bytesToEnd[state] == CompletionSolver.Never ? [] : ReachedOverNothing(state);
            for (var c = 0; c < classes; c++)
            {
                table[(state * classes) + c] = EntryOf(reached, c);
            }
        }

        return table;
    }

    private int EntryOf(List<(int State, int[] Pushed)> reached, int c)
    {
        if (reached is [(var only, [])])
        {
            return graph.Next[only][c];
        }

        var found = new List<Move>();
        foreach (var (state, pushed) in reached)
        {
            limits.Work();
            if (graph.Next[state][c] is >= 0 and var target)
            {
                found.Add(new Move(target, pushed));
            }
        }

        if (found.Count == 0)
        {
            return -1;
        }

        if (found is [{ Pushed: [] } plain])
        {
            return plain.Target;
        }

        // Many classes of bytes lead to the same moves.
        var key = string.Join(';', found.Select(move => $"{move.Target}:{string.Join(',', move.Pushed)}"));
        if (!knownMoves.TryGetValue(key, out var place))
        {
            knownMoves.Add(key, place = moves.Count);
            moves.Add([.. found]);
            ConstraintLimits.CheckTransitions(moves.Count);
        }

        return -2 - place;
    }

    /// <summary>The states with bytes of their own that a state leads to by calls alone.</summary>
    private List<(int State, int[] Pushed)> ReachedOverNothing(int state)
    {
        var reached = new List<(int, int[])>();
        seen.Clear();
        Visit(state, []);
        while (open.TryPop(out var next))
        {
            limits.Work();
            if (Array.Exists(graph.Next[next.State], target => target >= 0))
            {
                reached.Add(next);
            }

            foreach (var call in graph.Calls[next.State])
            {
                // Without recursion at its left, a way enters each rule once at most.
                if (next.Pushed.Length > graph.RuleCount)
                {
                    throw new InvalidConstraintException(
                        "a rule calls itself before any character (left recursion), expected it at the right"
                    );
                }

                Visit(call.Callee, call.IsLast ? next.Pushed : [.. next.Pushed, call.Target]);
                if (bytesToEnd[call.Callee] == 0)
                {
                    Visit(call.Target, next.Pushed);
                }
            }
        }

        // The order in which they were found, whatever order the stack gave.
        reached.Sort(
            (a, b) => a.Item1 != b.Item1 ? a.Item1.CompareTo(b.Item1) : a.Item2.AsSpan().SequenceCompareTo(b.Item2)
        );
        return reached;
    }

    private void Visit(int state, int[] pushed)
    {
        if (seen.Add((state, string.Join(',', pushed))))
        {
            open.Push((state, pushed));
        }
    }

    // Costs saturate below what can't be.
    private static int Add(int a, int b) => (int)Math.Min((long)a + b, CompletionSolver.Never - 1);
}
