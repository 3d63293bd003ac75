namespace Luthier.Formats.Files;

/// <summary>The names that files of a tokenizer have beside a model.</summary>
public static class TokenizerFiles
{
    public const string Json = "tokenizer.json";
    public const string SentencePiece = "tokenizer.model";
    public const string Config = "tokenizer_config.json";
    public const string SpecialTokens = "special_tokens_map.json";
    public const string AddedTokens = "added_tokens.json";
    public const string ChatTemplate = "chat_template.jinja";

    private static readonly string[] Names =
    [
        Json,
        SentencePiece,
        Config,
        SpecialTokens,
        AddedTokens,
        "vocab.json",
        "merges.txt",
        ChatTemplate,
        "chat_template.json",
    ];

    /// <summary>The tokenizer files of a folder.</summary>
    public static IReadOnlyList<string> In(string folder) =>
        [.. Names.Select(name => Path.Combine(folder, name)).Where(File.Exists)];

    /// <summary>
    /// Copies files into a folder, all of them or, where one can't be, none. A file that is there already stays.
    /// </summary>
    /// <exception cref="IOException">A file can't be read or written.</exception>
    public static void Copy(IEnumerable<string> files, string folder)
    {
        Directory.CreateDirectory(folder);
        using var pending = new PendingFiles();
        foreach (var file in files)
        {
            var target = Path.Combine(folder, NameFor(file));
            if (!string.Equals(Path.GetFullPath(file), Path.GetFullPath(target), StringComparison.Ordinal))
            {
                pending.Copy(file, target);
            }
        }

        pending.Commit();
    }

    // A file given by itself may have any name; beside a model it must have the one that readers look for.
    private static string NameFor(string file)
    {
        var name = Path.GetFileName(file);
        return Names.Contains(name, StringComparer.Ordinal) ? name
            : name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? Json
            : SentencePiece;
    }
}
