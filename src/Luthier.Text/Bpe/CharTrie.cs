namespace Luthier.Text.Bpe;

/// <summary>Strings with values, found by walking a text from a position: added tokens, user-defined pieces, unigrams.</summary>
internal sealed class CharTrie
{
    private readonly PairTable children;
    private readonly List<int> nodeValues = [-1];

    public CharTrie(int expectedNodes = 16) => children = new PairTable(expectedNodes);

    public const int Root = 0;

    public bool IsEmpty => nodeValues.Count == 1;

    /// <summary>Gives a string that is not empty a value of zero or more; a later value replaces an earlier one.</summary>
    public void Add(ReadOnlySpan<char> text, int value)
    {
        var node = Root;
        foreach (var c in text)
        {
            var child = children.Find(node, c);
            if (child == PairTable.Absent)
            {
                child = (ulong)nodeValues.Count;
                children.Set(node, c, child);
                nodeValues.Add(-1);
            }

            node = (int)child;
        }

        nodeValues[node] = value;
    }

    /// <summary>Follows a character from a node; false where no string goes on so.</summary>
    public bool TryStep(ref int node, char c)
    {
        var child = children.Find(node, c);
        node = (int)child;
        return child != PairTable.Absent;
    }

    /// <summary>The value of the string that ends at a node, or -1.</summary>
    public int ValueAt(int node) => nodeValues[node];

    /// <summary>The longest string that the text has at an index; false where it has none.</summary>
    public bool TryMatch(ReadOnlySpan<char> text, int index, out int length, out int value)
    {
        (length, value) = (0, -1);
        var node = Root;
        for (var i = index; i < text.Length && TryStep(ref node, text[i]); i++)
        {
            if (nodeValues[node] >= 0)
            {
                (length, value) = (i + 1 - index, nodeValues[node]);
            }
        }

        return value >= 0;
    }
}
