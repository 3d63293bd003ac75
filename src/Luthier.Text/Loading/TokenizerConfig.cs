using Luthier.Formats.Files;
using Luthier.Formats.Json;
using Luthier.Text.AddedTokens;
using Luthier.Text.Chat;

namespace Luthier.Text.Loading;

/// <summary>What the configuration files beside a tokenizer say of it.</summary>
internal sealed record TokenizerConfig
{
    private static readonly string[] Roles =
    [
        "bos_token",
        "eos_token",
        "unk_token",
        "sep_token",
        "pad_token",
        "cls_token",
        "mask_token",
    ];

    /// <summary>The tokens with a role, such as <c>bos_token</c>.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    public string? BosToken => SpecialTokens.GetValueOrDefault("bos_token");

    public string? EosToken => SpecialTokens.GetValueOrDefault("eos_token");

    public string? PadToken => SpecialTokens.GetValueOrDefault("pad_token");

    public string? UnknownToken => SpecialTokens.GetValueOrDefault("unk_token");

    /// <summary>Whether a text begins with the bos token; null leaves it to the tokenizer file.</summary>
    public bool? AddBos { get; init; }

    /// <summary>Whether a text ends with the eos token; null leaves it to the tokenizer file.</summary>
    public bool? AddEos { get; init; }

    /// <summary>How a conversation becomes text.</summary>
    public IReadOnlyList<ChatTemplateSource> ChatTemplates { get; init; } = [];

    /// <summary>Added tokens, for a tokenizer file that can't hold them itself.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>Reads the files that a folder has; without them everything is null.</summary>
    public static TokenizerConfig Read(string folder)
    {
        var config = ReadIfThere(Path.Combine(folder, TokenizerFiles.Config));
        var map = ReadIfThere(Path.Combine(folder, TokenizerFiles.SpecialTokens));
        return new TokenizerConfig
        {
            SpecialTokens = Roles
                .Select(role => KeyValuePair.Create(role, TokenIn(config, role) ?? TokenIn(map, role) ?? ""))
                .Where(token => token.Value.Length > 0)
                .ToDictionary(StringComparer.Ordinal),
            AddBos = config?.Find("add_bos_token")?.AsBoolean(),
            AddEos = config?.Find("add_eos_token")?.AsBoolean(),
            ChatTemplates = ChatTemplateFiles.Read(folder, config),
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
