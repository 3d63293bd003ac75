namespace Luthier.Text.Bpe;

/// <summary>Collects the merges of a BPE model in the order of their ranks, for <see cref="BpeMerger"/>.</summary>
internal sealed class MergeTable(Vocabulary vocabulary, int capacity)
{
    /// <summary>SentencePiece's mark of a word's start.</summary>
    private const char WordMark = '▁';

    private bool separates = vocabulary.TryGetId([WordMark], out _);
    private int rank;
    private char[] buffer = new char[64];

    public PairTable Pairs { get; } = new(capacity);

    /// <summary>The word mark, if no merge makes a token that has one after another character.</summary>
    public char? WordStart => separates ? WordMark : null;

    /// <summary>Adds the next merge; false if a part or the whole is no token.</summary>
    /// <param name="text">Left token, one character between, right token.</param>
    /// <param name="split">Where the character between stands.</param>
    /// <param name="prefix">What the right token has before its own text.</param>
    public bool TryAdd(string text, int split, ReadOnlySpan<char> prefix = default)
    {
        var left = text.AsSpan(0, split);
        var right = text.AsSpan(split + 1);
        var merged = Join(left, right.StartsWith(prefix, StringComparison.Ordinal) ? right[prefix.Length..] : right);
        if (
            !vocabulary.TryGetId(left, out var leftId)
            || !vocabulary.TryGetId(right, out var rightId)
            || !vocabulary.TryGetId(merged, out var mergedId)
        )
        {
            return false;
        }

        Pairs.Set(leftId, rightId, ((ulong)rank++ << 32) | (uint)mergedId);
        separates &= !HasMarkInside(merged);
        return true;
    }

    /// <summary>Whether a token has a word mark right after another character.</summary>
    public static bool HasMarkInside(ReadOnlySpan<char> token)
    {
        var start = token.IndexOfAnyExcept(WordMark);
        return start >= 0 && token[start..].Contains(WordMark);
    }

    private ReadOnlySpan<char> Join(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        var length = left.Length + right.Length;
        if (length > buffer.Length)
        {
            buffer = new char[2 * length];
        }

        left.CopyTo(buffer);
        right.CopyTo(buffer.AsSpan(left.Length));
        return buffer.AsSpan(0, length);
    }
}
