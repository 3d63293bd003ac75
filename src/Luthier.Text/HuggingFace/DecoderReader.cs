using Luthier.Formats.Json;
using Luthier.Text.Decoding;
using Luthier.Text.Normalization;
using Luthier.Text.Splitting;

namespace Luthier.Text.HuggingFace;

/// <summary>Reads the decoder of a tokenizer.json.</summary>
internal static class DecoderReader
{
    private static readonly DecoderFactory ByteLevel = next => new ByteLevelStage(next);

    /// <summary>The steps, and whether the first takes every token for characters of the byte alphabet.</summary>
    public static (DecoderFactory Factory, bool ReadsByteAlphabet) Read(JsonField? field)
    {
        if (field is not { } root)
        {
            return (next => new JoinStage(next), false);
        }

        var stages = new List<DecoderFactory>();
        Add(root, stages);
        return (Chain, stages is [var first, ..] && first == ByteLevel);

        DecoderStage Chain(DecoderStage last)
        {
            for (var i = stages.Count - 1; i >= 0; i--)
            {
                last = stages[i](last);
            }

            return last;
        }
    }

    private static void Add(JsonField field, List<DecoderFactory> stages)
    {
        var type = field["type"].AsString();
        if (type is not "Sequence")
        {
            stages.Add(ReadSingle(field, type));
            return;
        }

        foreach (var item in field["decoders"].Items())
        {
            Add(item, stages);
        }
    }

    private static DecoderFactory ReadSingle(JsonField field, string type)
    {
        switch (type)
        {
            case "ByteLevel":
                return ByteLevel;
            case "ByteFallback":
                return next => new ByteFallbackStage(next);
            case "Fuse":
                return next => new FuseStage(next);
            case "Replace":
                return ReadReplace(PatternReader.Read(field["pattern"]), field["content"].AsString());
            case "Strip":
                var content = PreTokenizerReader.ReadCharacter(field["content"]);
                var (start, stop) = (field["start"].AsInt32(0), field["stop"].AsInt32(0));
                return next => new StripStage(next, content, start, stop);
            case "Metaspace":
                var replacement = PreTokenizerReader.ReadCharacter(field["replacement"]);
                var prepended = PreTokenizerReader.ReadPrependScheme(field) != PrependScheme.Never;
                return next => new MetaspaceStage(next, replacement, prepended);
            case "WordPiece":
                var prefix = field.Find("prefix")?.AsString() ?? "##";
                var cleanUp = field.Find("cleanup")?.AsBoolean() ?? true;
                return next => new WordPieceStage(next, prefix, cleanUp);
            default:
                throw field["type"].Expected("the type of a decoder that is supported");
        }
    }

    private static DecoderFactory ReadReplace(Pattern pattern, string content)
    {
        if (pattern is LiteralPattern { Literal: [var single] })
        {
            return next => new ReplaceCharacterStage(next, single, content);
        }

        var replacer = new ReplaceNormalizer(pattern, content);
        return next => new ReplaceStage(next, replacer);
    }
}
