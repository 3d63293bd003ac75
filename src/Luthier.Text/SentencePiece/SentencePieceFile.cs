using Luthier.Formats;
using Luthier.Text.AddedTokens;
using Luthier.Text.Bpe;
using Luthier.Text.Loading;
using Luthier.Text.Unigram;

namespace Luthier.Text.SentencePiece;

/// <summary>Reads tokenizer.model, SentencePiece's format.</summary>
internal static class SentencePieceFile
{
    /// <summary>Far more than any known model takes.</summary>
    private const long MaximumLength = 256L << 20;

    /// <exception cref="InvalidFileException">The file is not valid, or uses what is not supported.</exception>
    public static TokenizerParts Read(string path)
    {
        var length = new FileInfo(path).Length;
        if (length > MaximumLength)
        {
            throw new InvalidFileException(
                path,
                $"has {length} bytes, more than the {MaximumLength} expected of a tokenizer"
            );
        }

        return Build(path, SentencePieceProto.Read(path, File.ReadAllBytes(path)));
    }

    /// <summary>The tokenizer that a model describes.</summary>
    /// <exception cref="InvalidFileException">The model is not valid, or uses what is not supported.</exception>
    public static TokenizerParts Build(string path, SentencePieceProto proto)
    {
        Check(path, proto);
        var vocabulary = new Vocabulary(proto.Pieces.Count);
        for (var id = 0; id < proto.Pieces.Count; id++)
        {
            vocabulary.Add(proto.Pieces[id].Text, id);
        }

        var unknownId = proto.Pieces.FindIndex(p => p.Type == PieceType.Unknown);
        var byteIds = proto.ByteFallback ? ByteTokens.Find(vocabulary) : null;
        TokenModel model =
            proto.ModelType == SentencePieceProto.ModelTypeBpe
                ? new SentencePieceBpeBuilder(proto, vocabulary, unknownId, byteIds).Build()
                : BuildUnigram(proto, vocabulary, unknownId, byteIds);
        var bos = FindControl(proto, proto.BosId);
        return new TokenizerParts
        {
            Model = model,
            AddedTokens = FindControls(proto),
            Normalizer = BuildNormalizer(path, proto),
            Frame = new(bos is { } id2 ? [id2] : [], []),
            Decoder = next => new SentencePieceStage(next, proto, unknownId),
            SpecialIds = new(bos, FindControl(proto, proto.EosId), FindControl(proto, proto.PadId), unknownId),
        };
    }

    private static void Check(string path, SentencePieceProto proto)
    {
        if (proto.ModelType is not (SentencePieceProto.ModelTypeBpe or SentencePieceProto.ModelTypeUnigram))
        {
            throw Problem($"trainer_spec.model_type is {proto.ModelType}, expected 1 (unigram) or 2 (BPE)");
        }

        if (proto.HasDenormalizer)
        {
            throw Problem("denormalizer_spec.precompiled_charsmap is not supported");
        }

        var unknowns = proto.Pieces.Count(p => p.Type == PieceType.Unknown);
        if (unknowns != 1)
        {
            throw Problem($"{unknowns} of {proto.Pieces.Count} pieces have type 2 (unknown), expected one");
        }

        for (var id = 0; id < proto.Pieces.Count; id++)
        {
            var piece = proto.Pieces[id];
            if (piece.Text.Length == 0 || !float.IsFinite(piece.Score) || !Enum.IsDefined(piece.Type))
            {
                throw Problem($"pieces[{id}] has no text, no finite score or no known type");
            }

            if (piece.Type == PieceType.Byte && ByteTokens.ByteOf(piece.Text) < 0)
            {
                throw Problem($"pieces[{id}] has type 6 (byte), expected a text such as <0x0A>");
            }
        }

        InvalidFileException Problem(string problem) => new(path, problem);
    }

    private static SentencePieceNormalizer BuildNormalizer(string path, SentencePieceProto proto)
    {
        var userDefined = new CharTrie();
        foreach (var piece in proto.Pieces.Where(p => p.Type == PieceType.UserDefined))
        {
            userDefined.Add(piece.Text, 0);
        }

        try
        {
            var charsmap = proto.Normalizer.Charsmap;
            return new SentencePieceNormalizer(
                proto.Normalizer,
                charsmap.Length > 0 ? Charsmap.Parse(charsmap) : null,
                userDefined.IsEmpty ? null : userDefined,
                proto.WhitespaceAsSuffix
            );
        }
        catch (FormatException e)
        {
            throw new InvalidFileException(
                path,
                $"normalizer_spec.precompiled_charsmap is not a valid character map: {e.Message}",
                e
            );
        }
    }

    private static UnigramModel BuildUnigram(
        SentencePieceProto proto,
        Vocabulary vocabulary,
        int unknownId,
        int[]? byteIds
    )
    {
        var normal = proto.Pieces.Where(p => p.Type == PieceType.Normal).Select(p => p.Score).DefaultIfEmpty();
        var (minimum, maximum) = (normal.Min(), normal.Max());
        var pieces = new List<UnigramPiece>();
        for (var id = 0; id < proto.Pieces.Count; id++)
        {
            var piece = proto.Pieces[id];
            if (piece.Type == PieceType.Normal)
            {
                pieces.Add(new UnigramPiece(piece.Text, id, piece.Score));
            }
            else if (piece.Type == PieceType.UserDefined)
            {
                // Better than any other way to cover the same bytes.
                var bytes = System.Text.Encoding.UTF8.GetByteCount(piece.Text);
                pieces.Add(new UnigramPiece(piece.Text, id, (bytes * maximum) - 0.1));
            }
        }

        return new UnigramModel(
            new UnigramOptions
            {
                Vocabulary = vocabulary,
                Pieces = pieces,
                MinimumScore = minimum,
                UnknownId = unknownId,
                ByteIds = byteIds,
                SinglePrecision = true,
            }
        );
    }

    // Control pieces are never found in text; they are listed so that decoding can leave them out.
    private static List<AddedToken> FindControls(SentencePieceProto proto) =>
        [
            .. proto
                .Pieces.Select((piece, id) => (piece, id))
                .Where(p => p.piece.Type == PieceType.Control)
                .Select(p => new AddedToken(p.piece.Text, p.id, Special: true, Hidden: true)),
        ];

    private static int? FindControl(SentencePieceProto proto, int id) =>
        (uint)id < (uint)proto.Pieces.Count && proto.Pieces[id].Type == PieceType.Control ? id : null;
}
