using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Automata;

/// <summary>Nodes with edges for bytes, for calls of rules and for nothing: an automaton that may be in several nodes.</summary>
internal sealed class Nfa(ConstraintLimits limits)
{
    private readonly List<Node> nodes = [];
    private readonly bool[] startsClass = new bool[257];

    public int Count => nodes.Count;

    public Node this[int node] => nodes[node];

    public int AddNode()
    {
        limits.AddNode();
        nodes.Add(new Node());
        return nodes.Count - 1;
    }

    public void AddEdge(int from, byte low, byte high, int to)
    {
        startsClass[low] = true;
        startsClass[high + 1] = true;
        (nodes[from].Bytes ??= []).Add(new ByteEdge(low, high, to));
    }

    public void AddCall(int from, Rule rule, int to) => (nodes[from].Calls ??= []).Add((rule, to));

    public void AddEmpty(int from, int to) => (nodes[from].Empty ??= []).Add(to);

    /// <summary>The bytes in classes whose members no edge tells apart, and that are all marked or all not.</summary>
    public ByteClasses Classes(IReadOnlyList<bool>? marks = null)
    {
        var starts = startsClass.AsSpan().ToArray();
        for (var value = 1; value < 256 && marks is not null; value++)
        {
            starts[value] |= marks[value] != marks[value - 1];
        }

        return new ByteClasses(starts);
    }

    public sealed class Node
    {
        public List<ByteEdge>? Bytes { get; set; }

        public List<(Rule Rule, int Target)>? Calls { get; set; }

        public List<int>? Empty { get; set; }
    }

    public readonly record struct ByteEdge(byte Low, byte High, int Target);
}

/// <summary>The bytes from 0 to 255 cut into runs that are treated alike.</summary>
internal sealed class ByteClasses
{
    private readonly byte[] classOf = new byte[256];
    private readonly List<byte> first = [];

    /// <param name="startsClass">By byte: whether a run starts with it.</param>
    public ByteClasses(ReadOnlySpan<bool> startsClass)
    {
        for (var value = 0; value < 256; value++)
        {
            if (value == 0 || startsClass[value])
            {
                first.Add((byte)value);
            }

            classOf[value] = (byte)(first.Count - 1);
        }
    }

    public int Count => first.Count;

    /// <summary>By byte: its class.</summary>
    public ReadOnlySpan<byte> Map => classOf;

    public byte this[byte value] => classOf[value];

    /// <summary>The first and last byte of a class.</summary>
    public (byte Low, byte High) Range(int @class) =>
        (first[@class], (byte)(@class + 1 < first.Count ? first[@class + 1] - 1 : 255));
}
