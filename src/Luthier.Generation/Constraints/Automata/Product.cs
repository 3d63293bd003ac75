namespace Luthier.Generation.Constraints.Automata;

/// <summary>Two automata that read the same bytes: what both accept, or the first but not the second.</summary>
internal sealed class Product
{
    private readonly Dfa first;
    private readonly Dfa second;
    private readonly bool isExcluded;
    private readonly Dictionary<(int, int), int> ids = [];
    private readonly List<(int First, int Second)> pairs = [];
    private readonly List<int[]> next = [];

    /// <param name="first">Without calls.</param>
    /// <param name="second">Without calls.</param>
    /// <param name="isExcluded">Whether what the second accepts is out.</param>
    public Product(Dfa first, Dfa second, bool isExcluded, ConstraintLimits limits)
    {
        (this.first, this.second, this.isExcluded) = (first, second, isExcluded);
        IdOf(0, 0);
        for (var i = 0; i < pairs.Count; i++)
        {
            limits.AddState();
            var (one, two) = pairs[i];
            var targets = new int[first.Next[one].Length];
            for (var c = 0; c < targets.Length; c++)
            {
                limits.Work();
                var (a, b) = (first.Next[one][c], two < 0 ? -1 : second.Next[two][c]);
                targets[c] = a < 0 || (b < 0 && !isExcluded) ? -1 : IdOf(a, b);
            }

            next.Add(targets);
        }
    }

    /// <summary>Adds the automaton to another, from a node on; returns the node of its end.</summary>
    public int AddTo(Nfa nfa, int start, ByteClasses classes)
    {
        var end = nfa.AddNode();
        int[] nodes = [.. pairs.Select(_ => nfa.AddNode())];
        nfa.AddEmpty(start, nodes[0]);
        for (var i = 0; i < pairs.Count; i++)
        {
            var (one, two) = pairs[i];
            if (first.Accepts[one] && (two >= 0 && second.Accepts[two]) != isExcluded)
            {
                nfa.AddEmpty(nodes[i], end);
            }

            for (var c = 0; c < classes.Count; c++)
            {
                if (next[i][c] >= 0)
                {
                    var (low, high) = classes.Range(c);
                    nfa.AddEdge(nodes[i], low, high, nodes[next[i][c]]);
                }
            }
        }

        return end;
    }

    private int IdOf(int one, int two)
    {
        if (!ids.TryGetValue((one, two), out var id))
        {
            ids.Add((one, two), id = pairs.Count);
            pairs.Add((one, two));
        }

        return id;
    }
}
