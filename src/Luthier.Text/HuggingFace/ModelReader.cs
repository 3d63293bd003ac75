using Luthier.Formats.Json;
using Luthier.Text.Bpe;
using Luthier.Text.Unigram;

namespace Luthier.Text.HuggingFace;

/// <summary>Reads the model of a tokenizer.json.</summary>
internal static class ModelReader
{
    /// <summary>The model and the id of its unknown token, if it names one.</summary>
    public static (TokenModel Model, int? UnknownId) Read(JsonField field, bool bytesAsSymbols)
    {
        // Older files leave the type out.
        var type = field.Find("type")?.AsString() ?? (field.Has("merges") ? "BPE" : "Unigram");
        return type switch
        {
            "BPE" => ReadBpe(field, bytesAsSymbols),
            "Unigram" when !bytesAsSymbols => ReadUnigram(field),
            "Unigram" => throw field["type"].Invalid("a Unigram model with a ByteLevel pre-tokenizer is not supported"),
            _ => throw field["type"].Expected("BPE or Unigram"),
        };
    }

    private static (TokenModel Model, int? UnknownId) ReadBpe(JsonField field, bool bytesAsSymbols)
    {
        if (field.Find("dropout") is { } dropout && dropout.AsDouble() != 0)
        {
            throw dropout.Invalid("merges that are dropped at random are not supported");
        }

        var vocabulary = ReadVocabulary(field["vocab"]);
        var prefix = field.Find("continuing_subword_prefix")?.AsString() ?? "";
        var suffix = field.Find("end_of_word_suffix")?.AsString() ?? "";
        if (bytesAsSymbols && (prefix.Length > 0 || suffix.Length > 0))
        {
            throw field.Invalid("a prefix or suffix of subwords with a ByteLevel pre-tokenizer is not supported");
        }

        var ignoreMerges = field.Find("ignore_merges")?.AsBoolean() ?? false;
        var merges = MergeReader.Read(field["merges"], vocabulary, prefix);
        var unknownId = FindUnknown(field.Find("unk_token"), vocabulary, required: !bytesAsSymbols);
        var canSplit = !bytesAsSymbols && !ignoreMerges && prefix.Length == 0 && suffix.Length == 0;
        var options = new BpeOptions
        {
            Vocabulary = vocabulary,
            Merges = merges.Pairs,
            BytesAsSymbols = bytesAsSymbols,
            UnknownId = unknownId,
            FuseUnknown = field.Find("fuse_unk")?.AsBoolean() ?? false,
            ByteIds = field.Find("byte_fallback")?.AsBoolean() ?? false ? ByteTokens.Find(vocabulary) : null,
            IgnoreMerges = ignoreMerges,
            ContinuingPrefix = prefix,
            EndSuffix = suffix,
            WordStart = canSplit ? merges.WordStart : null,
        };
        return (new BpeModel(options), unknownId);
    }

    private static Vocabulary ReadVocabulary(JsonField field)
    {
        var vocabulary = new Vocabulary(field.MemberCount);
        foreach (var (token, id) in field.Members())
        {
            vocabulary.Add(token, id.AsInt32(0, Vocabulary.MaximumId));
        }

        return vocabulary;
    }

    // A model over bytes has a token for everything, so that a name without a token does no harm there.
    private static int? FindUnknown(JsonField? field, Vocabulary vocabulary, bool required)
    {
        if (field is not { } unknown)
        {
            return null;
        }

        var id = vocabulary.IdOf(unknown.AsString());
        return id is not null || !required ? id : throw unknown.Expected("a token of the vocabulary");
    }

    private static (TokenModel Model, int? UnknownId) ReadUnigram(JsonField field)
    {
        var list = field["vocab"];
        var vocabulary = new Vocabulary(list.ItemCount);
        var pieces = new List<UnigramPiece>(list.ItemCount);
        foreach (var item in list.Items())
        {
            var pair = item.Items().ToList();
            if (pair.Count != 2)
            {
                throw item.Expected("a piece and its score");
            }

            var text = pair[0].AsString();
            vocabulary.Add(text, pieces.Count);
            var score = pair[1].AsDouble(double.MinValue, double.MaxValue);
            pieces.Add(new UnigramPiece(text, pieces.Count, score));
        }

        var unknownId = field.Find("unk_id")?.AsInt32(0, Math.Max(0, pieces.Count - 1));
        var options = new UnigramOptions
        {
            Vocabulary = vocabulary,
            Pieces = pieces.FindAll(p => p.Text.Length > 0),
            UnknownId = unknownId,
            ByteIds = field.Find("byte_fallback")?.AsBoolean() ?? false ? ByteTokens.Find(vocabulary) : null,
        };
        return (new UnigramModel(options), unknownId);
    }
}
