namespace Luthier.Text.Bpe;

/// <summary>What a <see cref="BpeModel"/> is made of.</summary>
internal sealed class BpeOptions
{
    public required Vocabulary Vocabulary { get; init; }

    /// <summary>Pairs of symbols to <c>rank &lt;&lt; 32 | merged symbol</c>.</summary>
    public required PairTable Merges { get; init; }

    /// <summary>Symbols are UTF-8 bytes, in the vocabulary as characters of the byte alphabet; otherwise characters.</summary>
    public bool BytesAsSymbols { get; init; }

    /// <summary>The id of what has no symbol; null drops it.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Whether neighbours without a symbol become one unknown id.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>The ids of the 256 byte tokens that spell what has no symbol, or null.</summary>
    public int[]? ByteIds { get; init; }

    /// <summary>A piece that is itself a token is not merged.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Stands in the vocabulary before each symbol but a piece's first.</summary>
    public string ContinuingPrefix { get; init; } = "";

    /// <summary>Stands in the vocabulary after a piece's last symbol.</summary>
    public string EndSuffix { get; init; } = "";

    /// <summary>
    /// Symbols that are not tokens, for characters that only occur within tokens: numbered from the vocabulary's size on.
    /// </summary>
    public IReadOnlyList<string> ExtraSymbols { get; init; } = [];

    /// <summary>Pieces to their symbols, found in the text before any merge (the longest first), or null.</summary>
    public CharTrie? FixedPieces { get; init; }

    /// <summary>For a symbol that is not to be put out as a token: the symbols that stand for it.</summary>
    public IReadOnlyDictionary<int, int[]>? Replacements { get; init; }

    /// <summary>
    /// No token has this character after another one, so that text can be cut before each run of it without changing
    /// the result; null where that doesn't hold.
    /// </summary>
    public char? WordStart { get; init; }
}
