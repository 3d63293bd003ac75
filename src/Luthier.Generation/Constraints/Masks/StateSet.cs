using Luthier.Generation.Constraints.Automata;
using Luthier.Generation.Sampling;

namespace Luthier.Generation.Constraints.Masks;

/// <summary>
/// The states that an <see cref="Automaton"/> is in at the same time, each with its stack: several lists one after the
/// other, of which each is made from the one before by a byte.
/// </summary>
internal sealed class StateSet(Automaton automaton, StateStacks stacks)
{
    /// <summary>A text may be read in so many ways at once.</summary>
    private const int MaximumStates = 512;

    private StackedState[] items = new StackedState[64];

    public int Count { get; private set; }

    public ReadOnlySpan<StackedState> Items => items.AsSpan(0, Count);

    public StackedState this[int index] => items[index];

    /// <summary>Forgets the states from a place on.</summary>
    public void CutBack(int count) => Count = count;

    /// <summary>Forgets the states before a place.</summary>
    public void KeepFrom(int start)
    {
        items.AsSpan(start, Count - start).CopyTo(items);
        Count -= start;
    }

    /// <summary>Forgets the stacks that no state has.</summary>
    public void RenewStacks()
    {
        var kept = new List<int>[Count];
        for (var i = 0; i < Count; i++)
        {
            kept[i] = [];
            for (var stack = items[i].Stack; stack != 0; stack = stacks.Below(stack))
            {
                kept[i].Add(stacks.Top(stack));
            }
        }

        stacks.Clear();
        for (var i = 0; i < Count; i++)
        {
            kept[i].Reverse();
            items[i] = items[i] with { Stack = kept[i].Aggregate(0, (stack, state) => stacks.Push(state, stack)) };
        }
    }

    /// <summary>Adds a state without asking whether it is there.</summary>
    public void Append(StackedState item)
    {
        if (Count == items.Length)
        {
            Array.Resize(ref items, 2 * Count);
        }

        items[Count++] = item;
    }

    /// <summary>Adds where a byte leads from the states of a list, which become the next list.</summary>
    public void Step(int from, int to, byte value)
    {
        for (var i = from; i < to; i++)
        {
            Step(items[i], value, to);
        }
    }

    /// <summary>Whether a state's rule, and all that its stack comes back to, may end without a byte.</summary>
    public bool IsEnd(StackedState item)
    {
        var (state, stack) = item;
        while (automaton.IsEnd(state))
        {
            if (stack == 0)
            {
                return true;
            }

            (state, stack) = (stacks.Top(stack), stacks.Below(stack));
        }

        return false;
    }

    public static SamplingException TooAmbiguous() =>
        new("the constraint can be read in too many ways here, expected a less ambiguous one");

    /// <summary>Where the rule may end, what comes after it may begin too.</summary>
    private void Step(StackedState item, byte value, int listStart)
    {
        var (state, stack) = item;
        while (true)
        {
            var entry = automaton.Entry(state, value);
            if (entry >= 0)
            {
                Add(entry, stack, listStart);
            }
            else if (entry < -1)
            {
                foreach (var move in automaton.MovesOf(entry))
                {
                    Add(move, stack, listStart);
                }
            }

            if (stack == 0 || !automaton.IsEnd(state))
            {
                return;
            }

            (state, stack) = (stacks.Top(stack), stacks.Below(stack));
        }
    }

    private void Add(in Move move, int stack, int listStart)
    {
        foreach (var state in move.Pushed)
        {
            stack = stacks.Push(state, stack);
            if (stack < 0)
            {
                return;
            }
        }

        Add(move.Target, stack, listStart);
    }

    private void Add(int state, int stack, int listStart)
    {
        var item = new StackedState(state, stack);
        if (
            stacks.Depth(stack) + automaton.NeededDepths[state] > automaton.MaximumDepth
            || items.AsSpan(listStart, Count - listStart).Contains(item)
        )
        {
            return;
        }

        if (Count - listStart == MaximumStates)
        {
            throw TooAmbiguous();
        }

        Append(item);
    }
}
