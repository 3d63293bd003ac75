using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Automata;

/// <summary>
/// Adds a list of items to an <see cref="Nfa"/>: goes along the items with a node for each number of items that were there
/// so far, as far as numbers matter.
/// </summary>
internal sealed class SeparatedBuilder
{
    private const int None = -1;

    private readonly Nfa nfa;
    private readonly NfaBuilder builder;
    private readonly Separated separated;
    private readonly int most;
    private readonly int end;

    public SeparatedBuilder(Nfa nfa, NfaBuilder builder, Separated separated)
    {
        (this.nfa, this.builder, this.separated) = (nfa, builder, separated);
        most = Math.Max(1, separated.Maximum ?? separated.Minimum);
        end = nfa.AddNode();
    }

    /// <summary>Adds what leads from a node over the list to the node that is returned.</summary>
    public int Add(int start)
    {
        var counts = Nodes();
        counts[0] = start;
        foreach (var item in separated.Items)
        {
            counts = Add(item, counts);
        }

        foreach (var (count, node) in counts.Index())
        {
            AddEnd(count, node);
        }

        return end;
    }

    private int[] Add(Item item, int[] counts)
    {
        var next = Nodes();
        var bodies = Nodes();
        for (var count = 0; count <= most; count++)
        {
            if (counts[count] == None)
            {
                continue;
            }

            AddItem(count, counts[count]);
            if (!item.IsRequired && separated.IsPositional)
            {
                AddEnd(count, counts[count]);
            }
            else if (!item.IsRequired)
            {
                nfa.AddEmpty(counts[count], NodeOf(next, count));
            }
        }

        for (var count = 1; count <= most && item.IsRepeated; count++)
        {
            if (next[count] != None)
            {
                AddItem(count, next[count]);
            }
        }

        return next;

        void AddItem(int before, int node)
        {
            var after = before < most ? before + 1 : most;
            if (before == after && separated.Maximum is not null)
            {
                return;
            }

            if (bodies[after] == None)
            {
                bodies[after] = nfa.AddNode();
                nfa.AddEmpty(builder.Add(item.Body, bodies[after]), NodeOf(next, after));
            }

            nfa.AddEmpty(before == 0 ? node : builder.Add(separated.Separator, node), bodies[after]);
        }
    }

    private void AddEnd(int count, int node)
    {
        if (node != None && count >= Math.Max(1, separated.Minimum))
        {
            nfa.AddEmpty(node, end);
        }
    }

    private int NodeOf(int[] nodes, int count)
    {
        if (nodes[count] == None)
        {
            nodes[count] = nfa.AddNode();
        }

        return nodes[count];
    }

    private int[] Nodes()
    {
        var nodes = new int[most + 1];
        Array.Fill(nodes, None);
        return nodes;
    }
}
