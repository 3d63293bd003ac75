using Luthier.Formats;
using Luthier.Formats.Gguf;
using Luthier.Text.Chat;
using Luthier.Text.Loading;
using Luthier.Text.SentencePiece;

namespace Luthier.Text.Gguf;

/// <summary>Reads the tokenizer in a GGUF file's metadata.</summary>
internal static class GgufTokenizer
{
    /// <exception cref="InvalidFileException">The metadata is not valid, or uses what is not supported.</exception>
    public static TokenizerParts Read(string path)
    {
        using var file = GgufFile.Open(path);
        var model = file[GgufKeys.Model];
        var tokens = GgufTokens.Read(file);
        return model.AsString() switch
        {
            "llama" => Complete(file, tokens, SentencePieceOf(file, tokens), addBos: true),
            "gpt2" => ReadBytes(file, tokens),
            _ => throw model.Expected("llama (SentencePiece) or gpt2 (byte-level BPE)"),
        };
    }

    private static TokenizerParts ReadBytes(GgufFile file, GgufTokens tokens)
    {
        var rule = GgufPreTokenization.Of(file);
        return Complete(file, tokens, GgufBytePairs.Read(file, tokens, rule), rule.AddsBos);
    }

    /// <summary>
    /// SentencePiece's BPE. Tokens that are sought before anything else in Hugging Face's tokenizers are so here: what
    /// control, user-defined and unknown tokens spell is never merged from parts.
    /// </summary>
    private static TokenizerParts SentencePieceOf(GgufFile file, GgufTokens tokens)
    {
        var scores = file[GgufKeys.Scores];
        var values = scores.AsSingles();
        if (values.Length != tokens.Texts.Length)
        {
            throw scores.Invalid($"has {values.Length} scores for {tokens.Texts.Length} tokens");
        }

        var proto = new SentencePieceProto { ModelType = SentencePieceProto.ModelTypeBpe, ByteFallback = true };
        proto.Normalizer.AddDummyPrefix = file.Find(GgufKeys.AddSpacePrefix)?.AsBoolean() ?? true;
        proto.Normalizer.RemoveExtraWhitespaces = file.Find(GgufKeys.RemoveExtraSpaces)?.AsBoolean() ?? false;
        for (var id = 0; id < values.Length; id++)
        {
            proto.Pieces.Add(new Piece(tokens.Texts[id], values[id], tokens.PieceTypeOf(id)));
        }

        return SentencePieceFile.Build(file.Path, proto);
    }

    private static TokenizerParts Complete(GgufFile file, GgufTokens tokens, TokenizerParts parts, bool addBos)
    {
        var special = new SpecialIds(
            tokens.Id(file, "bos"),
            tokens.Id(file, "eos"),
            tokens.Id(file, "padding"),
            tokens.Id(file, "unknown") ?? parts.SpecialIds.Unknown
        );
        var addsBos = file.Find(GgufKeys.AddBos)?.AsBoolean() ?? addBos;
        var addsEos = file.Find(GgufKeys.AddEos)?.AsBoolean() ?? false;
        return parts with
        {
            AddedTokens = tokens.Added(),
            SpecialIds = special,
            Frame = new SequenceFrame([], []).With(special.Bos, addsBos, special.Eos, addsEos),
            ChatTemplates = [.. ChatTemplates(file)],
        };
    }

    private static IEnumerable<ChatTemplateSource> ChatTemplates(GgufFile file)
    {
        if (file.Find(GgufKeys.ChatTemplate) is { } template)
        {
            yield return Source(ChatTemplateSource.Default, template);
        }

        foreach (var name in file.Find(GgufKeys.ChatTemplateNames)?.AsStrings() ?? [])
        {
            yield return Source(name, file[GgufKeys.ChatTemplateOf(name)]);
        }

        ChatTemplateSource Source(string name, GgufValue value) =>
            new(name, value.AsString(), $"{file.Path}: metadata {value.Key}");
    }
}
