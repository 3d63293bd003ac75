using Luthier.Formats;
using Luthier.Formats.Files;
using Luthier.Formats.Gguf;
using Luthier.Formats.Json;
using Luthier.Text.Chat;
using Luthier.Text.Loading;
using Luthier.Text.SentencePiece;

namespace Luthier.Text.Gguf;

/// <summary>Says in GGUF metadata what a folder's tokenizer files say.</summary>
public static class GgufTokenizerExport
{
    /// <summary>1. What kind of tokenizer it is. 2. Tokens by id. 3. Added tokens. 4. Roles, frame, template.</summary>
    /// <param name="folder">A folder with tokenizer.model or tokenizer.json.</param>
    /// <param name="size">Rows of the model's embedding table: there must be as many tokens; missing ones are made up.</param>
    /// <exception cref="InvalidFileException">
    /// There is no tokenizer, it has more tokens than the model, or GGUF files have no place for its kind.
    /// </exception>
    public static IReadOnlyList<GgufValue> Of(string folder, int size)
    {
        // 1.
        var (parts, _) = TokenizerLoader.Load(folder);
        var model = Path.Combine(folder, TokenizerFiles.SentencePiece);
        var json = Path.Combine(folder, TokenizerFiles.Json);
        var tokens = new GgufTokenTable(folder, size);
        var values = new List<GgufValue>();

        // 2.
        if (File.Exists(model))
        {
            values.AddRange(AddPieces(model, tokens));
        }
        else
        {
            var root = JsonFile.Read(json)["model"];
            values.AddRange(
                root.Find("byte_fallback")?.AsBoolean() ?? false
                    ? AddCharacterPairs(root, parts, tokens)
                    : AddBytePairs(json, root, parts, tokens)
            );
        }

        // 3.
        foreach (var token in parts.AddedTokens)
        {
            tokens.SetAdded(token);
        }

        // 4.
        values.AddRange(tokens.Values());
        values.AddRange(Roles(parts));
        return values;
    }

    private static GgufValue[] AddPieces(string path, GgufTokenTable tokens)
    {
        var proto = SentencePieceProto.Read(path, File.ReadAllBytes(path));
        if (proto.ModelType != SentencePieceProto.ModelTypeBpe || proto.Normalizer.Charsmap.Length > 0)
        {
            throw new InvalidFileException(
                path,
                "is a SentencePiece model with other than plain BPE: GGUF files have no place for it"
            );
        }

        for (var id = 0; id < proto.Pieces.Count; id++)
        {
            var piece = proto.Pieces[id];
            tokens.Set(id, piece.Text, piece.Score, piece.Type);
        }

        return SentencePieceValues(proto.Normalizer.AddDummyPrefix, proto.Normalizer.RemoveExtraWhitespaces);
    }

    /// <summary>
    /// SentencePiece's BPE as tokenizer.json has it, with merges in place of scores: a token's score follows from the
    /// first merge that makes it.
    /// </summary>
    private static GgufValue[] AddCharacterPairs(JsonField model, TokenizerParts parts, GgufTokenTable tokens)
    {
        var scores = new Dictionary<string, float>(StringComparer.Ordinal);
        foreach (var (left, right) in Merges(model))
        {
            scores.TryAdd(left + right, -scores.Count - 1);
        }

        foreach (var (text, field) in model["vocab"].Members())
        {
            var type = ByteTokens.ByteOf(text) >= 0 ? PieceType.Byte : PieceType.Normal;
            tokens.Set(field.AsInt32(), text, scores.GetValueOrDefault(text), type);
        }

        if (model.Find("unk_token")?.AsString() is { } unknown && parts.Model.Vocabulary.IdOf(unknown) is { } id)
        {
            tokens.Set(id, unknown, 0, PieceType.Unknown);
        }

        var written = GgufPreTokenization.Pieces(parts, "a");
        return SentencePieceValues(addSpacePrefix: written is [['▁', ..], ..], removeExtraSpaces: false);
    }

    private static GgufValue[] AddBytePairs(string path, JsonField model, TokenizerParts parts, GgufTokenTable tokens)
    {
        var ignoresMerges = model.Find("ignore_merges")?.AsBoolean() ?? false;
        var rule =
            GgufPreTokenization.Find(parts, ignoresMerges)
            ?? throw new InvalidFileException(
                path,
                "cuts text in a way for which GGUF files have no name: expected that of a model such as "
                    + string.Join(", ", GgufPreTokenization.All.Select(known => known.Names[0]))
            );
        foreach (var (text, field) in model["vocab"].Members())
        {
            tokens.Set(field.AsInt32(), text, 0, PieceType.Normal);
        }

        return
        [
            GgufValue.Of(GgufKeys.Model, "gpt2"),
            GgufValue.Of(GgufKeys.Pre, rule.Names[0]),
            GgufValue.Of(GgufKeys.Merges, [.. Merges(model).Select(merge => $"{merge.Left} {merge.Right}")]),
        ];
    }

    private static IEnumerable<(string Left, string Right)> Merges(JsonField model)
    {
        foreach (var item in model["merges"].Items())
        {
            var parts =
                item.Kind == System.Text.Json.JsonValueKind.String
                    ? item.AsString().Split(' ')
                    : [.. item.Items().Select(part => part.AsString())];
            yield return (parts[0], parts[1]);
        }
    }

    private static GgufValue[] SentencePieceValues(bool addSpacePrefix, bool removeExtraSpaces) =>
        [
            GgufValue.Of(GgufKeys.Model, "llama"),
            GgufValue.Of(GgufKeys.Pre, "default"),
            GgufValue.Of(GgufKeys.AddSpacePrefix, addSpacePrefix),
            GgufValue.Of(GgufKeys.RemoveExtraSpaces, removeExtraSpaces),
        ];

    private static IEnumerable<GgufValue> Roles(TokenizerParts parts)
    {
        var special = parts.SpecialIds;
        foreach (
            var (role, id) in (IEnumerable<(string, int?)>)
                [("bos", special.Bos), ("eos", special.Eos), ("unknown", special.Unknown), ("padding", special.Pad)]
        )
        {
            if (id is { } value)
            {
                yield return GgufValue.Of(GgufKeys.IdOf(role), value);
            }
        }

        yield return GgufValue.Of(GgufKeys.AddBos, special.Bos is { } bos && parts.Frame.Before.Contains(bos));
        yield return GgufValue.Of(GgufKeys.AddEos, special.Eos is { } eos && parts.Frame.After.Contains(eos));
        foreach (var value in ChatTemplates(parts.ChatTemplates))
        {
            yield return value;
        }
    }

    private static IEnumerable<GgufValue> ChatTemplates(IReadOnlyList<ChatTemplateSource> templates)
    {
        List<string> names = [];
        foreach (var template in templates)
        {
            var isDefault = template.Name is ChatTemplateSource.Default;
            var key = isDefault ? GgufKeys.ChatTemplate : GgufKeys.ChatTemplateOf(template.Name);
            yield return GgufValue.Of(key, template.Text);
            if (!isDefault)
            {
                names.Add(template.Name);
            }
        }

        if (names.Count > 0)
        {
            yield return GgufValue.Of(GgufKeys.ChatTemplateNames, names);
        }
    }
}
