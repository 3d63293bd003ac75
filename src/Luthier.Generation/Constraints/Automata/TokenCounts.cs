using Luthier.Generation.Constraints.Vocabulary;

namespace Luthier.Generation.Constraints.Automata;

/// <summary>How many tokens bring each state's rule to its end, on its shortest way in bytes.</summary>
internal sealed class TokenCounts(StateGraph graph, CompletionSolver shortest, TokenTrie trie)
{
    private readonly int[] counts = new int[graph.Count];

    public int[] Count()
    {
        foreach (var state in shortest.Order)
        {
            var step = shortest.Steps[state];
            if (step.Class >= 0)
            {
                counts[state] = Add(1, counts[AfterLongestToken(state)]);
            }
            else if (step.Call is { } call)
            {
                counts[state] = Add(counts[call.Callee], counts[call.Target]);
            }
        }

        return counts;
    }

    /// <summary>The state on the way after the longest token, or after a byte where there is no token.</summary>
    private int AfterLongestToken(int state)
    {
        var node = 0;
        var after = -1;
        while (shortest.Steps[state] is { Class: >= 0 and var c } && shortest.Costs[state] > 0)
        {
            state = graph.Next[state][c];
            after = after < 0 ? state : after;
            node = trie.ChildOf(node, graph.Classes.Range(c).Low);
            if (node < 0)
            {
                break;
            }

            after = trie.Tokens[node] >= 0 ? state : after;
        }

        return after;
    }

    private static int Add(int a, int b) => (int)Math.Min((long)a + b, int.MaxValue / 4);
}
