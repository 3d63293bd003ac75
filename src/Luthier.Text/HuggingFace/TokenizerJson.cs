using Luthier.Formats.Json;
using Luthier.Text.AddedTokens;
using Luthier.Text.Loading;

namespace Luthier.Text.HuggingFace;

/// <summary>Reads tokenizer.json, the format of Hugging Face's fast tokenizers.</summary>
internal static class TokenizerJson
{
    /// <exception cref="Formats.InvalidFileException">The file is not valid, or uses what is not supported.</exception>
    public static TokenizerParts Read(string path)
    {
        var root = JsonFile.Read(path);
        var split = PreTokenizerReader.Read(root.Find("pre_tokenizer"));
        var decoder = DecoderReader.Read(root.Find("decoder"));
        var (model, unknownId) = ModelReader.Read(root["model"], split.BytesAsSymbols);
        return new TokenizerParts
        {
            Model = model,
            AddedTokens = ReadAddedTokens(root.Find("added_tokens")),
            Normalizer = root.Find("normalizer") is { } normalizer ? NormalizerReader.Read(normalizer) : null,
            PreTokenizer = split.PreTokenizer,
            Frame = root.Find("post_processor") is { } processor ? FrameReader.Read(processor) : new([], []),
            Decoder = decoder.Factory,
            DecodesByteAlphabet = decoder.ReadsByteAlphabet,
            SpecialIds = new(null, null, null, unknownId),
        };
    }

    private static List<AddedToken> ReadAddedTokens(JsonField? list) =>
        list is not { } tokens
            ? []
            :
            [
                .. tokens
                    .Items()
                    .Select(item => TokenizerConfig.ReadAddedToken(item, item["id"].AsInt32(0, Vocabulary.MaximumId)))
                    .Where(token => token.Content.Length > 0),
            ];
}
