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
    private const int WordBits = 64;

    /// <summary>Steps from one of several states; what needs more would take seconds.</summary>
    private const int MaximumSteps = 8_000_000;

    private readonly StateSet states = new(automaton, stacks);

    // What a node's bytes led to, by depth below the node where a walk starts: a state alone, or a list of several, for
    // which the state is -1. Where it is alone, the last depth before tells where lists and stacks end.
    private readonly StackedState[] alone = new StackedState[trie.MaximumDepth + 1];
    private readonly int[] lastList = new int[trie.MaximumDepth + 1];
    private readonly Lists[] lists = new Lists[trie.MaximumDepth + 1];
    private int stepsOfSeveral;

    /// <summary>A bit per token: those found so far.</summary>
    public ulong[] Words { get; } = new ulong[TokenSet.WordCount(trie.VocabularySize)];

    /// <summary>Nodes at which stack 0 is reached and its last rule may end; none where all stacks are empty.</summary>
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
        (alone[0], lastList[0], lists[0]) = (from, 0, new Lists(0, 0, stacks.Count));
        var (labels, depths, ends) = (trie.Labels, trie.Depths, trie.Ends);
        var baseDepth = depths[node];
        var end = ends[node];
        for (var i = node + 1; i < end; )
        {
            var depth = depths[i] - baseDepth;
            var before = alone[depth - 1];
            if (before.State < 0 || !TryStepAlone(before, labels[i], out var next))
            {
                i = StepToSeveral(i, depth) ? i + 1 : ends[i];
            }
            else if (next.State < 0)
            {
                i = ends[i];
            }
            else
            {
                alone[depth] = next;
                lastList[depth] = lastList[depth - 1];
                Reach(i, next);
                i = TryReachAllBelow(i, next) ? ends[i] : i + 1;
            }
        }

        stacks.CutBack(lists[0].StackCount);
    }

    /// <summary>Adds what a state alone allows, as it was found before.</summary>
    public void Add(AllowedTokens allowed, int tokensBelow)
    {
        allowed.Set.AddTo(Words);
        TokensToEnd = Math.Max(TokensToEnd, allowed.TokensToEnd + tokensBelow);
    }

    /// <summary>The usual step, from one state to one of the same rule, or to none; false: it is another one.</summary>
    private bool TryStepAlone(StackedState item, byte label, out StackedState next)
    {
        var entry = automaton.Entry(item.State, label);
        next = item with { State = entry };
        if (entry < -1 || (item.Stack != 0 && automaton.IsEnd(item.State)))
        {
            return false;
        }

        if (entry >= 0 && stacks.Depth(item.Stack) + automaton.NeededDepths[entry] > automaton.MaximumDepth)
        {
            next = item with { State = -1 };
        }

        return true;
    }

    /// <summary>A step from several states or to several; false where it leads to none.</summary>
    private bool StepToSeveral(int node, int depth)
    {
        var (start, end, stackCount) = lists[lastList[depth - 1]];
        states.CutBack(end);
        stacks.CutBack(stackCount);
        if (alone[depth - 1].State >= 0)
        {
            states.Append(alone[depth - 1]);
            (start, end) = (end, end + 1);
        }

        stepsOfSeveral += end - start;
        if (stepsOfSeveral > MaximumSteps)
        {
            throw StateSet.TooAmbiguous();
        }

        states.Step(start, end, trie.Labels[node]);
        if (states.Count == end)
        {
            return false;
        }

        alone[depth] = states.Count == end + 1 ? states[end] : new StackedState(-1, 0);
        lastList[depth] = depth;
        lists[depth] = new Lists(end, states.Count, stacks.Count);
        var tokensToEnd = int.MaxValue;
        foreach (var item in states.Items[end..])
        {
            tokensToEnd = Math.Min(tokensToEnd, Visit(node, item));
        }

        Allow(node, tokensToEnd);
        return true;
    }

    /// <summary>Where a state may go on with all bytes below a node, all tokens there may follow.</summary>
    private bool TryReachAllBelow(int node, StackedState item)
    {
        ref readonly var run = ref automaton.Runs[item.State];
        if (run.Length == 0 || !trie.IsUniformBelow(node, run.Kinds, run.Length))
        {
            return false;
        }

        var tokensToEnd = stacks.TokensToEnd(item.Stack) + run.TokensToEnd;
        if (tokensToEnd > mostTokens)
        {
            return false;
        }

        TokensToEnd = Math.Max(TokensToEnd, tokensToEnd);
        foreach (var token in trie.TokensFrom(node))
        {
            Mark(token);
        }

        return true;
    }

    private void Reach(int node, StackedState item) => Allow(node, Visit(node, item));

    /// <summary>Notes what a state at a node means; so many tokens end the text from it.</summary>
    private int Visit(int node, StackedState item)
    {
        Depth = Math.Max(Depth, stacks.Depth(item.Stack) + automaton.NeededDepths[item.State]);
        if (
            !automaton.HasNoStack
            && automaton.IsEnd(item.State)
            && states.IsEnd(item)
            && (Ends.Count == 0 || Ends[^1] != node)
        )
        {
            Ends.Add(node);
        }

        return stacks.TokensToEnd(item.Stack) + automaton.TokensToEnd[item.State];
    }

    private void Allow(int node, int tokensToEnd)
    {
        var token = trie.Tokens[node];
        if (token < 0 || tokensToEnd > mostTokens)
        {
            return;
        }

        TokensToEnd = Math.Max(TokensToEnd, tokensToEnd);
        var rest = (token & TokenTrie.More) != 0 ? trie.NextOf(token & ~TokenTrie.More) : -1;
        Mark(token & ~TokenTrie.More);
        for (; rest >= 0; rest = trie.NextOf(rest))
        {
            Mark(rest);
        }
    }

    private void Mark(int token) => Words[token / WordBits] |= 1UL << (token % WordBits);

    private readonly record struct Lists(int Start, int End, int StackCount);
}
