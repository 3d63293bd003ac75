using System.Numerics;
using Luthier.Generation.Constraints.Vocabulary;

namespace Luthier.Generation.Constraints.Automata;

/// <summary>
/// How long a state may go on with any bytes of some kinds, as inside a string: nothing is pushed, no rule ends that another
/// called, and every token of such bytes may follow.
/// </summary>
/// <param name="Kinds">A set of <see cref="ByteKinds"/>.</param>
/// <param name="Length">So many bytes; 255: any number.</param>
/// <param name="TokensToEnd">The most tokens that then bring the rule to its end.</param>
internal readonly record struct Run(byte Kinds, byte Length, int TokensToEnd)
{
    /// <summary>By state: its run; its length may be 0.</summary>
    public static Run[] Of(Automaton automaton, IReadOnlyList<bool> usedBytes)
    {
        var bytesByKind = Enumerable
            .Range(0, 256)
            .Where(value => usedBytes[value])
            .GroupBy(value => ByteKinds.Of((byte)value), value => (byte)value)
            .ToDictionary(group => group.Key, group => group.ToArray());
        var steps = new (byte Kinds, int Target)[automaton.StateCount];
        for (var state = 0; state < steps.Length; state++)
        {
            steps[state] = StepOf(automaton, state, bytesByKind);
        }

        var runs = new Run[steps.Length];
        for (var state = 0; state < steps.Length; state++)
        {
            Measure(automaton, steps, runs, state);
        }

        return runs;
    }

    /// <summary>The state that most kinds of bytes lead to, each with all its bytes.</summary>
    private static (byte Kinds, int Target) StepOf(Automaton automaton, int state, Dictionary<byte, byte[]> bytesByKind)
    {
        (byte Kinds, int Target) best = (0, -1);
        Span<(byte Kinds, int Target)> found = stackalloc (byte, int)[ByteKinds.Count];
        var count = 0;
        foreach (var (kind, bytes) in bytesByKind)
        {
            var target = automaton.Entry(state, bytes[0]);
            if (
                target < 0
                || automaton.IsEnd(target)
                || automaton.NeededDepths[target] != automaton.NeededDepths[state]
            )
            {
                continue;
            }

            if (!Array.TrueForAll(bytes, value => automaton.Entry(state, value) == target))
            {
                continue;
            }

            var place = 0;
            while (place < count && found[place].Target != target)
            {
                place++;
            }

            found[place] = ((byte)(place < count ? found[place].Kinds | kind : kind), target);
            count = Math.Max(count, place + 1);
            best =
                BitOperations.PopCount(found[place].Kinds) > BitOperations.PopCount(best.Kinds) ? found[place] : best;
        }

        return best;
    }

    /// <summary>Follows a state's steps to where they end, come back, or meet a run that is known; then goes back.</summary>
    private static void Measure(Automaton automaton, (byte Kinds, int Target)[] steps, Run[] runs, int start)
    {
        var path = new List<int>();
        var rest = default(Run);
        for (var state = start; steps[state].Target >= 0; state = steps[state].Target)
        {
            if (runs[state].Length > 0)
            {
                rest = runs[state];
                break;
            }

            if (path.IndexOf(state) is >= 0 and var first)
            {
                var most = path.Skip(first).Max(member => automaton.TokensToEnd[steps[member].Target]);
                rest = new Run(0, byte.MaxValue, most);
                break;
            }

            path.Add(state);
            if ((steps[state].Kinds & ~steps[steps[state].Target].Kinds) != 0)
            {
                break;
            }
        }

        for (var i = path.Count - 1; i >= 0; i--)
        {
            var (kinds, target) = steps[path[i]];
            var length = rest.Length == byte.MaxValue ? byte.MaxValue : Math.Min(rest.Length + 1, byte.MaxValue - 1);
            rest = new Run(kinds, (byte)length, Math.Max(rest.TokensToEnd, automaton.TokensToEnd[target]));
            runs[path[i]] = rest;
        }
    }
}
