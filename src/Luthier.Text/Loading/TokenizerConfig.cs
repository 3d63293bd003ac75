using Luthier.Formats.Files;
using Luthier.Formats.Json;
using Luthier.Text.AddedTokens;

namespace Luthier.Text.Loading;

/// <summary>What the configuration files beside a tokenizer say of it.</summary>
internal sealed record TokenizerConfig
{
    public string? BosToken { get; init; }
    public string? EosToken { get; init; }
    public string? PadToken { get; init; }
    public string? UnknownToken { get; init; }

    /// <summary>Whether a text begins with the bos token; null leaves it to the tokenizer file.</summary>
    public bool? AddBos { get; init; }

    /// <summary>Whether a text ends with the eos token; null leaves it to the tokenizer file.</summary>
    public bool? AddEos { get; init; }

    /// <summary>How a conversation becomes text, in Jinja.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Added tokens, for a tokenizer file that can't hold them itself.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>Reads the files that a folder has; without them everything is null.</summary>
    public static TokenizerConfig Read(string folder)
    {
        var config = ReadIfThere(Path.Combine(folder, TokenizerFiles.Config));
        var map = ReadIfThere(Path.Combine(folder, TokenizerFiles.SpecialTokens));
        return new TokenizerConfig
        {
            BosToken = TokenIn(config, "bos_token") ?? TokenIn(map, "bos_token"),
            EosToken = TokenIn(config, "eos_token") ?? TokenIn(map, "eos_token"),
            PadToken = TokenIn(config, "pad_token") ?? TokenIn(map, "pad_token"),
            UnknownToken = TokenIn(config, "unk_token") ?? TokenIn(map, "unk_token"),
            AddBos = config?.Find("add_bos_token")?.AsBoolean(),
            AddEos = config?.Find("add_eos_token")?.AsBoolean(),
            ChatTemplate = ReadChatTemplate(folder, config),
            AddedTokens = ReadAddedTokens(config, ReadIfThere(Path.Combine(folder, TokenizerFiles.AddedTokens))),
        };
    }

    /// <summary>Reads an object of an added token as tokenizer.json and tokenizer_config.json have it.</summary>
    public static AddedToken ReadAddedToken(JsonField field, int id)
    {
        var special = field.Find("special")?.AsBoolean() ?? false;
        return new AddedToken(
            field["content"].AsString(),
            id,
            SingleWord: field.Find("single_word")?.AsBoolean() ?? false,
            StripLeft: field.Find("lstrip")?.AsBoolean() ?? false,
            StripRight: field.Find("rstrip")?.AsBoolean() ?? false,
            Normalized: field.Find("normalized")?.AsBoolean() ?? !special,
            Special: special
        );
    }

    // A file of its own goes first; a field may hold one template, or several of which one is the default.
    private static string? ReadChatTemplate(string folder, JsonField? config)
    {
        var file = Path.Combine(folder, TokenizerFiles.ChatTemplate);
        if (File.Exists(file))
        {
            return File.ReadAllText(file);
        }

        if (config?.Find("chat_template") is not { } field)
        {
            return null;
        }

        return field.Kind == System.Text.Json.JsonValueKind.Array
            ? field
                .Items()
                .Where(item => item["name"].AsString() is "default")
                .Select(item => item["template"].AsString())
                .FirstOrDefault()
            : field.AsString();
    }

    private static JsonField? ReadIfThere(string path) => File.Exists(path) ? JsonFile.Read(path) : null;

    // A token is a string or an object with its text and flags.
    private static string? TokenIn(JsonField? root, string name) =>
        root?.Find(name) is not { } field ? null
        : field.Kind == System.Text.Json.JsonValueKind.Object ? field["content"].AsString()
        : field.AsString();

    private static List<AddedToken> ReadAddedTokens(JsonField? config, JsonField? added)
    {
        var tokens = new Dictionary<int, AddedToken>();
        foreach (var (content, id) in added?.Members() ?? [])
        {
            var value = id.AsInt32(0, Vocabulary.MaximumId);
            tokens[value] = new AddedToken(content, value);
        }

        foreach (var (key, field) in config?.Find("added_tokens_decoder")?.Members() ?? [])
        {
            var isId = int.TryParse(key, out var id) && id is >= 0 and <= Vocabulary.MaximumId;
            tokens[id] = isId ? ReadAddedToken(field, id) : throw field.Invalid($"expected a token id as name");
        }

        return [.. tokens.Values.OrderBy(t => t.Id)];
    }
}
