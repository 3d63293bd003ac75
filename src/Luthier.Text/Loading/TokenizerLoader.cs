using Luthier.Formats;
using Luthier.Formats.Files;
using Luthier.Formats.Gguf;
using Luthier.Text.AddedTokens;
using Luthier.Text.Gguf;
using Luthier.Text.HuggingFace;
using Luthier.Text.SentencePiece;

namespace Luthier.Text.Loading;

/// <summary>Finds out what a path is, reads it, and settles the special tokens.</summary>
internal static class TokenizerLoader
{
    /// <summary>Names by which tokenizers without configuration files call their tokens, in order of preference.</summary>
    private static readonly string[] BosNames =
    [
        "<s>",
        "<|begin_of_text|>",
        "<bos>",
        "<｜begin▁of▁sentence｜>",
        "<|startoftext|>",
    ];

    private static readonly string[] EosNames =
    [
        "</s>",
        "<|end_of_text|>",
        "<eos>",
        "<｜end▁of▁sentence｜>",
        "<|endoftext|>",
        "<|im_end|>",
    ];

    private static readonly string[] PadNames = ["<pad>", "<|pad|>", "[PAD]", "<|finetune_right_pad_id|>"];
    private static readonly string[] UnknownNames = ["<unk>", "[UNK]"];

    /// <summary>Reads a file or folder. The second result are the files that make up the tokenizer.</summary>
    public static (TokenizerParts Parts, IReadOnlyList<string> Files) Load(string path)
    {
        if (Directory.Exists(path))
        {
            return LoadFolder(path);
        }

        if (GgufFile.Is(path))
        {
            return (GgufTokenizer.Read(path), []);
        }

        var parts = IsJson(path) ? TokenizerJson.Read(path) : SentencePieceFile.Read(path);
        return (Complete(parts, new TokenizerConfig()), [path]);
    }

    private static (TokenizerParts Parts, IReadOnlyList<string> Files) LoadFolder(string folder)
    {
        var json = Path.Combine(folder, TokenizerFiles.Json);
        var model = Path.Combine(folder, TokenizerFiles.SentencePiece);
        var config = TokenizerConfig.Read(folder);
        TokenizerParts parts;
        if (File.Exists(json))
        {
            parts = TokenizerJson.Read(json);
        }
        else if (File.Exists(model))
        {
            parts = SentencePieceFile.Read(model);
            parts = parts with { AddedTokens = Merge(parts.AddedTokens, config.AddedTokens) };
        }
        else
        {
            throw new InvalidFileException(
                folder,
                $"has no tokenizer: expected {TokenizerFiles.Json} or {TokenizerFiles.SentencePiece} in it"
            );
        }

        return (Complete(parts, config), TokenizerFiles.In(folder));
    }

    private static bool IsJson(string path)
    {
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (path.EndsWith(".model", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        using var stream = File.OpenRead(path);
        return stream.ReadByte() == '{';
    }

    /// <summary>Settles which tokens have a role and what surrounds a text.</summary>
    private static TokenizerParts Complete(TokenizerParts parts, TokenizerConfig config)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in parts.AddedTokens)
        {
            ids[token.Content] = token.Id;
        }

        var known = parts.SpecialIds;
        var bos = Find(config.BosToken, []) ?? known.Bos ?? Find(null, BosNames);
        var eos = Find(config.EosToken, []) ?? known.Eos ?? Find(null, EosNames);
        if (bos is null && parts.Frame.Before is [var first, ..])
        {
            bos = first;
        }

        var special = new SpecialIds(
            bos,
            eos,
            Find(config.PadToken, []) ?? known.Pad ?? Find(null, PadNames),
            Find(config.UnknownToken, []) ?? known.Unknown ?? Find(null, UnknownNames)
        );
        return parts with
        {
            SpecialIds = special,
            Frame = parts.Frame.With(bos, config.AddBos, eos, config.AddEos),
            ChatTemplates = config.ChatTemplates,
            SpecialTokens = config.SpecialTokens,
        };

        int? Find(string? configured, string[] names)
        {
            if (configured is not null)
            {
                return ids.TryGetValue(configured, out var id) ? id : parts.Model.Vocabulary.IdOf(configured);
            }

            foreach (var name in names)
            {
                if (ids.TryGetValue(name, out var id))
                {
                    return id;
                }
            }

            return null;
        }
    }

    private static List<AddedToken> Merge(IEnumerable<AddedToken> first, IEnumerable<AddedToken> second)
    {
        var merged = first.ToDictionary(t => t.Id);
        foreach (var token in second)
        {
            merged[token.Id] = token;
        }

        return [.. merged.Values.OrderBy(t => t.Id)];
    }
}
