using Luthier.Text;

namespace Luthier.Generation.Constraints.Vocabulary;

/// <summary>
/// The tokens of a vocabulary by their bytes. Nodes are in the order in which a search in depth visits them: what lies
/// below a node follows it, up to its end. Node 0 is the root.
/// </summary>
/// <remarks>Special tokens match no text and are not in it.</remarks>
internal sealed class TokenTrie
{
    /// <summary>Marks a token of a node that has several.</summary>
    public const int More = 1 << 30;

    private const int MaximumVocabulary = 1 << 22;
    private const int MaximumTokenBytes = 1024;

    private readonly byte[] bytes;
    private readonly int[] starts;
    private readonly int[] sameBytes;
    private readonly bool[] isUsed = new bool[256];

    // By node: the kinds of the bytes below it, and how many bytes lead on at most (255 for more).
    private readonly byte[] kindsBelow;
    private readonly byte[] heights;

    // Tokens in the order of their nodes, and by node the place of the first at or after it.
    private readonly int[] tokensInOrder;
    private readonly int[] firstTokens;

    private TokenTrie(byte[]?[] tokens)
    {
        starts = new int[tokens.Length + 1];
        for (var token = 0; token < tokens.Length; token++)
        {
            starts[token + 1] = starts[token] + (tokens[token]?.Length ?? 0);
        }

        bytes = new byte[starts[^1]];
        for (var token = 0; token < tokens.Length; token++)
        {
            tokens[token]?.CopyTo(bytes, starts[token]);
        }

        foreach (var value in bytes)
        {
            isUsed[value] = true;
        }

        sameBytes = new int[tokens.Length];
        var nodes = new NodeLists(sameBytes);
        nodes.AddAll(tokens);
        (Labels, Depths, Ends, Tokens) = nodes.ToArrays();
        (kindsBelow, heights) = MeasureBelow();
        (tokensInOrder, firstTokens) = OrderTokens();
        MaximumDepth = tokens.Max(token => token?.Length) ?? 0;
    }

    /// <summary>By node: the byte that leads to it.</summary>
    public byte[] Labels { get; }

    /// <summary>By node: the number of bytes that lead to it.</summary>
    public ushort[] Depths { get; }

    /// <summary>By node: the first node after those below it.</summary>
    public int[] Ends { get; }

    /// <summary>
    /// By node: the token of the bytes that lead to it, or -1. With the bit <see cref="More"/>, <see cref="NextOf"/> tells
    /// further ones.
    /// </summary>
    public int[] Tokens { get; }

    public int MaximumDepth { get; }

    /// <summary>One more than the largest token.</summary>
    public int VocabularySize => sameBytes.Length;

    /// <summary>By byte: whether any token has it.</summary>
    public IReadOnlyList<bool> UsedBytes => isUsed;

    /// <param name="endTokens">Further tokens that match no text.</param>
    /// <exception cref="InvalidConstraintException">The vocabulary is too large.</exception>
    public static TokenTrie Of(Tokenizer tokenizer, IReadOnlyList<int> endTokens)
    {
        if (tokenizer.VocabularySize > MaximumVocabulary)
        {
            throw new InvalidConstraintException(
                $"the vocabulary has {tokenizer.VocabularySize} tokens, expected at most {MaximumVocabulary} for constraints"
            );
        }

        int?[] roles =
        [
            tokenizer.BosId,
            tokenizer.EosId,
            tokenizer.PadId,
            tokenizer.UnkId,
            .. endTokens.Select(token => (int?)token),
        ];
        var tokens = new byte[]?[tokenizer.VocabularySize];
        for (var token = 0; token < tokens.Length; token++)
        {
            var spelled = tokenizer.IsSpecial(token) || roles.Contains(token) ? null : tokenizer.BytesOf(token);
            tokens[token] = spelled?.Length is > 0 and <= MaximumTokenBytes ? spelled : null;
        }

        return new TokenTrie(tokens);
    }

    /// <summary>The bytes of a token; none where it matches no text.</summary>
    public ReadOnlySpan<byte> BytesOf(int token) =>
        (uint)token < (uint)sameBytes.Length ? bytes.AsSpan(starts[token], starts[token + 1] - starts[token]) : [];

    /// <summary>Another token with the bytes of this one, or -1.</summary>
    public int NextOf(int token) => sameBytes[token];

    /// <summary>Whether there are nodes below a node, all for bytes of some kinds and at most so many deep.</summary>
    public bool IsUniformBelow(int node, int kinds, int depth) =>
        heights[node] > 0 && heights[node] <= depth && (kindsBelow[node] & ~kinds) == 0;

    /// <summary>The tokens of a node and of those below it.</summary>
    public ReadOnlySpan<int> TokensFrom(int node) => tokensInOrder.AsSpan(firstTokens[node]..firstTokens[Ends[node]]);

    /// <summary>The node that a byte leads to, or -1.</summary>
    public int ChildOf(int node, byte label)
    {
        var end = Ends[node];
        for (var child = node + 1; child < end; child = Ends[child])
        {
            if (Labels[child] == label)
            {
                return child;
            }
        }

        return -1;
    }

    private (byte[] Kinds, byte[] Heights) MeasureBelow()
    {
        var kinds = new byte[Labels.Length];
        var below = new byte[Labels.Length];
        for (var node = Labels.Length - 1; node >= 0; node--)
        {
            for (var child = node + 1; child < Ends[node]; child = Ends[child])
            {
                kinds[node] |= (byte)(kinds[child] | ByteKinds.Of(Labels[child]));
                below[node] = (byte)Math.Max(below[node], Math.Min(below[child] + 1, byte.MaxValue));
            }
        }

        return (kinds, below);
    }

    private (int[] Tokens, int[] First) OrderTokens()
    {
        var order = new List<int>();
        var first = new int[Labels.Length + 1];
        for (var node = 0; node < Labels.Length; node++)
        {
            first[node] = order.Count;
            for (var token = Tokens[node] < 0 ? -1 : Tokens[node] & ~More; token >= 0; token = NextOf(token))
            {
                order.Add(token);
            }
        }

        first[^1] = order.Count;
        return ([.. order], first);
    }

    /// <summary>The nodes while they are made, from tokens in the order of their bytes.</summary>
    private sealed class NodeLists(int[] sameBytes)
    {
        private readonly List<byte> labels = [0];
        private readonly List<ushort> depths = [0];
        private readonly List<int> ends = [0];
        private readonly List<int> tokens = [-1];
        private readonly Stack<int> path = new([0]);

        public void AddAll(byte[]?[] spelled)
        {
            Array.Fill(sameBytes, -1);
            var order = Enumerable.Range(0, spelled.Length).Where(token => spelled[token] is not null).ToArray();
            Array.Sort(
                order,
                (a, b) =>
                    spelled[a].AsSpan().SequenceCompareTo(spelled[b]) is not 0 and var sign ? sign : a.CompareTo(b)
            );
            var last = ReadOnlySpan<byte>.Empty;
            foreach (var token in order)
            {
                var current = spelled[token].AsSpan();
                CloseTo(last.CommonPrefixLength(current));
                Add(current, token);
                last = current;
            }

            CloseTo(-1);
        }

        public (byte[] Labels, ushort[] Depths, int[] Ends, int[] Tokens) ToArrays() =>
            ([.. labels], [.. depths], [.. ends], [.. tokens]);

        private void Add(ReadOnlySpan<byte> current, int token)
        {
            foreach (var label in current[(path.Count - 1)..])
            {
                depths.Add((ushort)path.Count);
                path.Push(labels.Count);
                labels.Add(label);
                ends.Add(0);
                tokens.Add(-1);
            }

            var other = tokens[path.Peek()];
            sameBytes[token] = other < 0 ? -1 : other & ~More;
            tokens[path.Peek()] = other < 0 ? token : token | More;
        }

        private void CloseTo(int depth)
        {
            while (path.Count - 1 > depth)
            {
                ends[path.Pop()] = labels.Count;
            }
        }
    }
}
