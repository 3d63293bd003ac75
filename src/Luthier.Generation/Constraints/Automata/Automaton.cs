using System.Runtime.CompilerServices;

namespace Luthier.Generation.Constraints.Automata;

/// <summary>Where a byte leads: to a state, after states to come back to were put on the stack, the last on top.</summary>
internal readonly record struct Move(int Target, int[] Pushed);

/// <summary>
/// A grammar as a pushdown automaton over bytes. It is in states of rules, with the states to come back to when rules
/// end on a stack; where several rules may apply, in several at once. Every state in it leads to the end of its rule.
/// </summary>
internal sealed class Automaton
{
    private readonly byte[] classOf;
    private readonly int classCount;
    private readonly int[] table;
    private readonly Move[][] moves;
    private readonly bool[] isEnd;

    /// <param name="table">
    /// [states, classes]: the state after a byte where there is one and nothing is pushed; -1: none; else -2 minus the
    /// place in <paramref name="moves"/>.
    /// </param>
    /// <param name="isEnd">By state: whether its rule may end in it, after calls of rules for nothing too.</param>
    public Automaton(ByteClasses classes, int[] table, Move[][] moves, bool[] isEnd)
    {
        (classOf, classCount) = (classes.Map.ToArray(), classes.Count);
        (this.table, this.moves, this.isEnd) = (table, moves, isEnd);
        HasNoStack = Array.TrueForAll(moves, list => Array.TrueForAll(list, move => move.Pushed.Length == 0));
    }

    /// <summary>By state: so many tokens bring its rule to its end; where tokens could be longer, perhaps fewer do.</summary>
    public required int[] TokensToEnd { get; init; }

    /// <summary>By state: how much its rule counts towards the depth.</summary>
    public required int[] Depths { get; init; }

    /// <summary>By state: the depth that the way to its rule's end needs at least, its own included.</summary>
    public required int[] NeededDepths { get; init; }

    public required int MaximumDepth { get; init; }

    /// <summary>By state: how it may go on with any bytes of some kinds.</summary>
    public Run[] Runs { get; private set; } = [];

    /// <summary>By state: the number of its rule where other automata may have an equal one, else 0; and its place in it.</summary>
    public required (int SharedId, int Place)[] Places { get; init; }

    public int StateCount => isEnd.Length;

    /// <summary>Whether stacks are always empty, so that a rule's end is the text's.</summary>
    public bool HasNoStack { get; }

    /// <summary>Memory that it takes, about.</summary>
    public long Bytes => (4L * table.Length) + (29L * isEnd.Length) + (64L * moves.Length);

    public bool IsEnd(int state) => isEnd[state];

    /// <summary>The entry of a table that is looked up for each byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Entry(int state, byte value) => table[(state * classCount) + classOf[value]];

    /// <summary>Settles <see cref="Runs"/>, once.</summary>
    /// <param name="usedBytes">By byte: whether any token has it.</param>
    public void FindRuns(IReadOnlyList<bool> usedBytes) => Runs = Run.Of(this, usedBytes);

    /// <summary>The moves of an entry below -1.</summary>
    public Move[] MovesOf(int entry) => moves[-2 - entry];
}
