using System.Diagnostics;

namespace Luthier.Generation.Constraints;

/// <summary>
/// What a definition from outside may cost. Everything is counted while it is made, so that memory and time are bounded
/// before they are used.
/// </summary>
internal sealed class ConstraintLimits
{
    /// <summary>Characters of a definition.</summary>
    public const int DefinitionLength = 1 << 18;

    /// <summary>Depth of groups in a regex or grammar, and of values in a schema.</summary>
    public const int Nesting = 64;

    /// <summary>Of one quantifier, one length or one number of items.</summary>
    public const int Repetitions = 10_000;

    /// <summary>States of the automaton before it is deterministic.</summary>
    private const int Nodes = 400_000;

    /// <summary>States of the automaton.</summary>
    private const int States = 65_536;

    /// <summary>Entries of the automaton's table of transitions.</summary>
    private const int Transitions = 4_000_000;

    private static readonly TimeSpan Time = TimeSpan.FromSeconds(5);

    private readonly long start = Stopwatch.GetTimestamp();
    private int nodes;
    private int states;
    private long work;

    public void AddNode() => Check(++nodes <= Nodes);

    public void AddState() => Check(++states <= States);

    public static void CheckTransitions(long count) => Check(count <= Transitions);

    /// <summary>Counts a step of work; now and then looks at the clock.</summary>
    public void Work(int steps = 1)
    {
        var before = work;
        work += steps;
        if (before >> 12 != work >> 12 && Stopwatch.GetElapsedTime(start) > Time)
        {
            throw new InvalidConstraintException(
                $"the constraint takes more than {Time.TotalSeconds} s to compile: expected fewer or smaller repetitions "
                    + "and alternatives"
            );
        }
    }

    /// <exception cref="InvalidConstraintException">The definition is too long.</exception>
    public static void CheckLength(string kind, int length)
    {
        if (length > DefinitionLength)
        {
            throw new InvalidConstraintException(
                $"the {kind} has {length} characters, expected at most {DefinitionLength}"
            );
        }
    }

    private static void Check(bool isWithin)
    {
        if (!isWithin)
        {
            throw new InvalidConstraintException(
                $"the constraint needs an automaton of more than {States} states: expected fewer or smaller repetitions "
                    + "and alternatives"
            );
        }
    }
}
