using Luthier.Generation.Constraints.Expressions;
using Luthier.Text.Unicode;

namespace Luthier.Generation.Constraints.Automata;

/// <summary>Adds expressions to an <see cref="Nfa"/>.</summary>
/// <param name="inlined">Rules whose bodies stand in place of calls.</param>
internal sealed class NfaBuilder(Nfa nfa, ConstraintLimits limits, IReadOnlySet<Rule> inlined)
{
    private readonly Dictionary<CodePointSet, List<(byte Low, byte High)[]>> utf8 = [];

    /// <summary>Adds what leads from a node over an expression to the node that is returned.</summary>
    public int Add(Expression expression, int start)
    {
        limits.AddNode();
        limits.Work();
        return expression switch
        {
            Bytes bytes => AddBytes(bytes, start),
            Characters characters => AddCharacters(characters.Set, start),
            Sequence sequence => sequence.Parts.Aggregate(start, (node, part) => Add(part, node)),
            Choice choice => AddChoice(choice, start),
            Repeat repeat => AddRepeat(repeat, start),
            Separated separated => new SeparatedBuilder(nfa, this, separated).Add(start),
            Both both => AddProduct(both.First, both.Second, isExcluded: false, start),
            Except except => AddProduct(except.First, except.Second, isExcluded: true, start),
            Call call when inlined.Contains(call.Rule) => Add(call.Rule.Body, start),
            Call call => AddCall(call.Rule, start),
            _ => throw new InvalidOperationException($"an expression of kind {expression.GetType().Name} is unknown"),
        };
    }

    private int AddBytes(Bytes bytes, int start)
    {
        var node = start;
        foreach (var value in bytes.Value)
        {
            var next = nfa.AddNode();
            nfa.AddEdge(node, value, value, next);
            node = next;
        }

        return node;
    }

    /// <summary>The bytes after the first lead through nodes that characters with the same last bytes share.</summary>
    private int AddCharacters(CodePointSet set, int start)
    {
        if (!utf8.TryGetValue(set, out var sequences))
        {
            sequences = [.. set.Ranges.SelectMany(range => Utf8Ranges.Of(range.Start, range.End))];
            utf8.Add(set, sequences);
        }

        var end = nfa.AddNode();
        var shared = new Dictionary<(byte, byte, int), int>();
        foreach (var sequence in sequences)
        {
            var target = end;
            for (var i = sequence.Length - 1; i > 0; i--)
            {
                var key = (sequence[i].Low, sequence[i].High, target);
                if (!shared.TryGetValue(key, out var node))
                {
                    shared.Add(key, node = nfa.AddNode());
                    nfa.AddEdge(node, sequence[i].Low, sequence[i].High, target);
                }

                target = node;
            }

            nfa.AddEdge(start, sequence[0].Low, sequence[0].High, target);
        }

        return end;
    }

    private int AddChoice(Choice choice, int start)
    {
        var end = nfa.AddNode();
        foreach (var alternative in choice.Alternatives)
        {
            nfa.AddEmpty(Add(alternative, start), end);
        }

        return end;
    }

    private int AddRepeat(Repeat repeat, int start)
    {
        var node = start;
        for (var i = 0; i < repeat.Minimum; i++)
        {
            node = Add(repeat.Body, node);
        }

        var end = nfa.AddNode();
        nfa.AddEmpty(node, end);
        if (repeat.Maximum is not { } maximum)
        {
            nfa.AddEmpty(Add(repeat.Body, end), end);
            return end;
        }

        for (var i = repeat.Minimum; i < maximum; i++)
        {
            node = Add(repeat.Body, node);
            nfa.AddEmpty(node, end);
        }

        return end;
    }

    private int AddCall(Rule rule, int start)
    {
        var end = nfa.AddNode();
        nfa.AddCall(start, rule, end);
        return end;
    }

    private int AddProduct(Expression first, Expression second, bool isExcluded, int start)
    {
        var pair = new Nfa(limits);
        var builder = new NfaBuilder(pair, limits, inlined);
        var (firstStart, secondStart) = (pair.AddNode(), pair.AddNode());
        var (firstEnd, secondEnd) = (builder.Add(first, firstStart), builder.Add(second, secondStart));
        var determinizer = new Determinizer(pair, limits, pair.Classes());
        var product = new Product(
            determinizer.Build(firstStart, firstEnd),
            determinizer.Build(secondStart, secondEnd),
            isExcluded,
            limits
        );
        return product.AddTo(nfa, start, pair.Classes());
    }
}
