using Luthier.Generation.Constraints.Automata;

namespace Luthier.Generation.Constraints.Masks;

/// <summary>A state of an <see cref="Automaton"/>, and a stack by its number among <see cref="StateStacks"/>.</summary>
internal readonly record struct StackedState(int State, int Stack);

/// <summary>
/// Stacks of states to come back to. Each is a state on top of another stack; equal ones have the same number. Stack 0 is
/// empty.
/// </summary>
internal sealed class StateStacks
{
    private readonly Automaton automaton;
    private Entry[] entries = new Entry[64];

    public StateStacks(Automaton automaton)
    {
        this.automaton = automaton;
        Clear();
    }

    public int Count { get; private set; }

    /// <summary>The state on top of a stack that is not empty.</summary>
    public int Top(int stack) => entries[stack].State;

    /// <summary>What a stack that is not empty has below its top.</summary>
    public int Below(int stack) => entries[stack].Below;

    /// <summary>So deep are the rules that a stack's states belong to.</summary>
    public int Depth(int stack) => entries[stack].Depth;

    /// <summary>So many tokens bring the rules of a stack's states to their ends.</summary>
    public int TokensToEnd(int stack) => entries[stack].TokensToEnd;

    /// <summary>The stack with a state on top; -1 where its rule could not end within the greatest depth.</summary>
    public int Push(int state, int stack)
    {
        if (entries[stack].Depth + automaton.NeededDepths[state] > automaton.MaximumDepth)
        {
            return -1;
        }

        // There are few, and equal ones were mostly made last.
        for (var i = Count - 1; i > stack; i--)
        {
            if (entries[i].State == state && entries[i].Below == stack)
            {
                return i;
            }
        }

        if (Count == entries.Length)
        {
            Array.Resize(ref entries, 2 * Count);
        }

        entries[Count] = new Entry(
            state,
            stack,
            entries[stack].Depth + automaton.Depths[state],
            Math.Min(entries[stack].TokensToEnd + automaton.TokensToEnd[state], int.MaxValue / 4)
        );
        return Count++;
    }

    /// <summary>Forgets the stacks from a number on, to which no other may belong.</summary>
    public void CutBack(int count) => Count = count;

    /// <summary>Forgets all stacks but the empty one.</summary>
    public void Clear()
    {
        entries[0] = new Entry(-1, -1, 0, 0);
        Count = 1;
    }

    private readonly record struct Entry(int State, int Below, int Depth, int TokensToEnd);
}
