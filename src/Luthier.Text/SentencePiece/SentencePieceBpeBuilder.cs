using Luthier.Text.Bpe;

namespace Luthier.Text.SentencePiece;

/// <summary>
/// Turns SentencePiece's BPE, where any two neighbours merge whose text together is a piece and the higher score goes
/// first, into a table of pairs with ranks.
/// </summary>
internal sealed class SentencePieceBpeBuilder
{
    private readonly SentencePieceProto proto;
    private readonly Vocabulary vocabulary;
    private readonly int unknownId;
    private readonly int[]? byteIds;
    private readonly Dictionary<string, int> symbols = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> symbolsBySpan;
    private readonly List<string> extraSymbols = [];
    private readonly Dictionary<int, int[]> replacements = [];

    public SentencePieceBpeBuilder(SentencePieceProto proto, Vocabulary vocabulary, int unknownId, int[]? byteIds)
    {
        this.proto = proto;
        this.vocabulary = vocabulary;
        this.unknownId = unknownId;
        this.byteIds = byteIds;
        symbolsBySpan = symbols.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public BpeModel Build()
    {
        var mergeable = new List<int>();
        for (var id = 0; id < proto.Pieces.Count; id++)
        {
            if (proto.Pieces[id].Type is PieceType.Normal or PieceType.UserDefined or PieceType.Unused)
            {
                symbols[proto.Pieces[id].Text] = id;
                mergeable.Add(id);
            }
        }

        var merges = BuildMerges(mergeable);
        var separates =
            symbols.ContainsKey(SentencePieceNormalizer.Mark.ToString())
            && proto.Normalizer.EscapeWhitespaces
            && mergeable.TrueForAll(id => !MergeTable.HasMarkInside(proto.Pieces[id].Text));
        return new BpeModel(
            new BpeOptions
            {
                Vocabulary = vocabulary,
                Merges = merges,
                UnknownId = unknownId,
                FuseUnknown = true,
                ByteIds = byteIds,
                FixedPieces = BuildFixedPieces(),
                ExtraSymbols = extraSymbols,
                Replacements = replacements,
                WordStart = separates ? SentencePieceNormalizer.Mark : null,
            }
        );
    }

    private PairTable BuildMerges(List<int> mergeable)
    {
        // Pieces of the same score have the same rank: among them the leftmost pair goes first.
        var ranks = new Dictionary<float, int>();
        foreach (var score in mergeable.Select(id => proto.Pieces[id].Score).Distinct().OrderDescending())
        {
            ranks.Add(score, ranks.Count);
        }

        var merges = new PairTable(mergeable.Count * 2);
        foreach (var id in mergeable)
        {
            var piece = proto.Pieces[id];
            var value = ((ulong)ranks[piece.Score] << 32) | (uint)id;
            for (var cut = 1; cut < piece.Text.Length; cut++)
            {
                if (
                    !char.IsLowSurrogate(piece.Text[cut])
                    && SymbolOf(piece.Text.AsSpan(0, cut)) is { } left
                    && SymbolOf(piece.Text.AsSpan(cut)) is { } right
                )
                {
                    merges.Set(left, right, value);
                    if (piece.Type == PieceType.Unused)
                    {
                        // Such a piece may be passed through but not put out.
                        replacements[id] = [left, right];
                    }
                }
            }
        }

        foreach (var symbol in replacements.Keys.ToList())
        {
            replacements[symbol] = Expand(symbol);
        }

        return merges;
    }

    /// <summary>A piece, or a single character, which may be a part of pieces without being one.</summary>
    private int? SymbolOf(ReadOnlySpan<char> text)
    {
        if (symbolsBySpan.TryGetValue(text, out var symbol))
        {
            return symbol;
        }

        var isCharacter = text.Length == 1 || (text.Length == 2 && char.IsSurrogatePair(text[0], text[1]));
        return isCharacter ? AddExtraSymbol(text.ToString()) : null;
    }

    private int AddExtraSymbol(string text)
    {
        var symbol = vocabulary.Size + extraSymbols.Count;
        extraSymbols.Add(text);
        symbols[text] = symbol;
        return symbol;
    }

    private int[] Expand(int symbol) =>
        replacements.TryGetValue(symbol, out var parts) ? [.. parts.SelectMany(Expand)]
        : symbol < vocabulary.Size ? [symbol]
        : ByteTokens.Spell(extraSymbols[symbol - vocabulary.Size], byteIds) ?? [unknownId];

    /// <summary>User-defined pieces: found before any merge, and never part of one.</summary>
    private CharTrie? BuildFixedPieces()
    {
        var trie = new CharTrie();
        for (var id = 0; id < proto.Pieces.Count; id++)
        {
            if (proto.Pieces[id].Type == PieceType.UserDefined)
            {
                var symbol = vocabulary.Size + extraSymbols.Count;
                extraSymbols.Add("");
                replacements[symbol] = [id];
                trie.Add(proto.Pieces[id].Text, symbol);
            }
        }

        return trie.IsEmpty ? null : trie;
    }
}
