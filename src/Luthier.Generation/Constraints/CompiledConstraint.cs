using Luthier.Generation.Constraints.Automata;
using Luthier.Generation.Constraints.Masks;
using Luthier.Generation.Constraints.Vocabulary;

namespace Luthier.Generation.Constraints;

/// <summary>
/// A language of texts in the tokens of a vocabulary: what a generated text must be. It doesn't change and is shared by
/// requests and threads. A <see cref="ConstraintCompiler"/> makes it.
/// </summary>
public sealed class CompiledConstraint
{
    private static int lastId;

    private readonly int id = Interlocked.Increment(ref lastId);
    private readonly MaskCache cache;

    internal CompiledConstraint(Automaton automaton, TokenTrie trie, IReadOnlyList<int> endTokens, MaskCache cache)
    {
        (Automaton, Trie, this.cache) = (automaton, trie, cache);
        EndTokens = [.. endTokens];
    }

    /// <summary>Memory that it takes without its masks, about.</summary>
    internal long Bytes => Automaton.Bytes;

    internal Automaton Automaton { get; }

    internal TokenTrie Trie { get; }

    /// <summary>The tokens that may follow a complete text.</summary>
    internal int[] EndTokens { get; }

    /// <summary>The state of a text that is still empty.</summary>
    public ConstraintState Start() => new(this);

    /// <summary>The tokens that may follow states.</summary>
    /// <param name="key">Reused from call to call.</param>
    internal AllowedTokens Allowed(StateSet states, StateStacks stacks, List<int> key)
    {
        WriteKey(states.Items, stacks, key);
        var span = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(key);
        if (cache.Find(span) is { } known)
        {
            return known;
        }

        var found = Find(states.Items, stacks);
        cache.Add(span, found);
        return found;
    }

    /// <summary>The tokens that may follow states and after which so many more can end the text.</summary>
    internal TokenSet AllowedNearEnd(StateSet states, StateStacks stacks, int mostTokens)
    {
        var walk = new MaskWalk(Automaton, Trie, stacks, mostTokens);
        foreach (var item in states.Items)
        {
            walk.Run(0, item);
        }

        return TokenSet.Of(walk.Words);
    }

    /// <summary>
    /// What each state allows by itself was mostly found before; where its rule ends within a token, the stack decides
    /// how the token may go on.
    /// </summary>
    private AllowedTokens Find(ReadOnlySpan<StackedState> items, StateStacks stacks)
    {
        if (items is [{ Stack: 0 } single])
        {
            return AllowedBy(single.State);
        }

        var walk = new MaskWalk(Automaton, Trie, stacks);
        foreach (var item in items)
        {
            // Where a rule may end, what comes after it may begin.
            var (state, stack) = item;
            Add(walk, state, stack, stacks);
            while (stack != 0 && Automaton.IsEnd(state))
            {
                (state, stack) = (stacks.Top(stack), stacks.Below(stack));
                Add(walk, state, stack, stacks);
            }
        }

        return new AllowedTokens(TokenSet.Of(walk.Words), walk.TokensToEnd, [], 0);
    }

    private void Add(MaskWalk walk, int state, int stack, StateStacks stacks)
    {
        var alone = AllowedBy(state);
        if (stacks.Depth(stack) + alone.Depth > Automaton.MaximumDepth)
        {
            walk.Run(0, new StackedState(state, stack));
            return;
        }

        walk.Add(alone, stacks.TokensToEnd(stack));
        foreach (var node in stack == 0 ? [] : alone.Ends)
        {
            walk.Run(node, new StackedState(stacks.Top(stack), stacks.Below(stack)));
        }
    }

    private AllowedTokens AllowedBy(int state)
    {
        var (sharedId, place) = Automaton.Places[state];
        ReadOnlySpan<int> key = sharedId == 0 ? [id, state] : [-sharedId, place];
        if (cache.Find(key) is { } known)
        {
            return known;
        }

        var walk = new MaskWalk(Automaton, Trie, new StateStacks(Automaton));
        walk.Run(0, new StackedState(state, 0));
        var found = new AllowedTokens(TokenSet.Of(walk.Words), walk.TokensToEnd, [.. walk.Ends], walk.Depth);
        cache.Add(key, found);
        return found;
    }

    private void WriteKey(ReadOnlySpan<StackedState> items, StateStacks stacks, List<int> key)
    {
        key.Clear();
        key.Add(id);
        foreach (var (state, stack) in items)
        {
            key.Add(state);
            for (var rest = stack; rest != 0; rest = stacks.Below(rest))
            {
                key.Add(stacks.Top(rest));
            }

            key.Add(-1);
        }
    }
}
