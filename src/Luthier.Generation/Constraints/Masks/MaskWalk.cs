using Luthier.Generation.Constraints.Automata;
using Luthier.Generation.Constraints.Vocabulary;

namespace Luthier.Generation.Constraints.Masks;

/// <summary>
/// Finds the tokens that may follow by going through the tokens' bytes with the automaton, in the order of the trie's
/// nodes; what lies below a node that no state leads to is skipped.
/// </summary>
/// <param name="stacks">Stacks made on the way are forgotten again.</param>
/// <param name="mostTokens">Only tokens after which so many more can end the text.</param>
internal sealed class MaskWalk(Automaton automaton, TokenTrie trie, StateStacks stacks, int mostTokens = int.MaxValue)
{
    private readonly StateSet states = new(automaton, stacks);

    // By depth below the node where a walk starts: where its list of states and its new stacks end.
    private readonly int[] listEnds = new int[trie.MaximumDepth + 1];
    private readonly int[] stackEnds = new int[trie.MaximumDepth + 1];

    /// <summary>A bit per token: those found so far.</summary>
    public ulong[] Words { get; } = new ulong[TokenSet.WordCount(trie.VocabularySize)];

    /// <summary>Nodes at which stack 0 is reached and its last rule may end.</summary>
    public List<int> Ends { get; } = [];

    /// <summary>The greatest depth that a way to the end needs after any of the tokens.</summary>
    public int Depth { get; private set; }

    /// <summary>So many tokens end the text after any of the tokens found.</summary>
    public int TokensToEnd { get; private set; }

    /// <summary>Finds tokens below a node, to which the bytes so far led.</summary>
    /// <param name="from">The state after those bytes.</param>
    public void Run(int node, StackedState from)
    {
        states.CutBack(0);
        states.Append(from);
        var baseDepth = trie.Depths[node];
        var end = trie.Ends[node];
        (listEnds[0], stackEnds[0]) = (1, stacks.Count);
        for (var i = node + 1; i < end; )
        {
            var depth = trie.Depths[i] - baseDepth;
            var listStart = depth == 1 ? 0 : listEnds[depth - 2];
            var listEnd = listEnds[depth - 1];
            states.CutBack(listEnd);
            stacks.CutBack(stackEnds[depth - 1]);
            states.Step(listStart, listEnd, trie.Labels[i]);
            if (states.Count == listEnd)
            {
                i = trie.Ends[i];
                continue;
            }

            (listEnds[depth], stackEnds[depth]) = (states.Count, stacks.Count);
            Reach(i, states.Items[listEnd..]);
            i++;
        }

        stacks.CutBack(stackEnds[0]);
    }

    /// <summary>Adds what a state alone allows, as it was found before.</summary>
    public void Add(AllowedTokens allowed, int tokensBelow)
    {
        allowed.Set.AddTo(Words);
        TokensToEnd = Math.Max(TokensToEnd, allowed.TokensToEnd + tokensBelow);
    }

    private void Reach(int node, ReadOnlySpan<StackedState> reached)
    {
        var tokensToEnd = int.MaxValue;
        var isEnd = false;
        foreach (var item in reached)
        {
            Depth = Math.Max(Depth, stacks.Depth(item.Stack) + automaton.NeededDepths[item.State]);
            tokensToEnd = Math.Min(tokensToEnd, stacks.TokensToEnd(item.Stack) + automaton.TokensToEnd[item.State]);
            isEnd = isEnd || (automaton.IsEnd(item.State) && states.IsEnd(item));
        }

        if (isEnd)
        {
            Ends.Add(node);
        }

        if (trie.Tokens[node] >= 0 && tokensToEnd <= mostTokens)
        {
            TokensToEnd = Math.Max(TokensToEnd, tokensToEnd);
            for (var token = trie.Tokens[node]; token >= 0; token = trie.NextOf(token))
            {
                Words[token / 64] |= 1UL << (token % 64);
            }
        }
    }
}
