using System.Text;
using Luthier.Formats.Json;
using Luthier.Text.Normalization;
using Luthier.Text.SentencePiece;

namespace Luthier.Text.HuggingFace;

/// <summary>Reads the normalizer of a tokenizer.json.</summary>
internal static class NormalizerReader
{
    public static Normalizer Read(JsonField field)
    {
        var type = field["type"].AsString();
        return type switch
        {
            "Sequence" => new SequenceNormalizer([.. field["normalizers"].Items().Select(Read)]),
            "Prepend" => new PrependNormalizer(field["prepend"].AsString()),
            "Replace" => new ReplaceNormalizer(PatternReader.Read(field["pattern"]), field["content"].AsString()),
            "NFC" => new UnicodeFormNormalizer(NormalizationForm.FormC),
            "NFD" => new UnicodeFormNormalizer(NormalizationForm.FormD),
            "NFKC" => new UnicodeFormNormalizer(NormalizationForm.FormKC),
            "NFKD" => new UnicodeFormNormalizer(NormalizationForm.FormKD),
            "Lowercase" => new LowercaseNormalizer(),
            "Strip" => new StripNormalizer(
                field.Find("strip_left")?.AsBoolean() ?? true,
                field.Find("strip_right")?.AsBoolean() ?? true
            ),
            "StripAccents" => new StripAccentsNormalizer(),
            "ByteLevel" => new ByteAlphabetNormalizer(),
            "Precompiled" => new CharsmapNormalizer(ReadCharsmap(field["precompiled_charsmap"])),
            _ => throw field["type"].Expected("the type of a normalizer that is supported"),
        };
    }

    private static Charsmap ReadCharsmap(JsonField field)
    {
        try
        {
            return Charsmap.Parse(Convert.FromBase64String(field.AsString()));
        }
        catch (FormatException e)
        {
            throw field.Invalid($"is not a valid character map: {e.Message}");
        }
    }
}
