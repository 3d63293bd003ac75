using Luthier.Formats.Files;

namespace Luthier.Text.Loading;

/// <summary>The names that files of a tokenizer have beside a model.</summary>
internal static class TokenizerFiles
{
    public const string Json = "tokenizer.json";
    public const string SentencePiece = "tokenizer.model";

    private static readonly string[] Names =
    [
        Json,
        SentencePiece,
        TokenizerConfig.ConfigFile,
        TokenizerConfig.SpecialTokensFile,
        TokenizerConfig.AddedTokensFile,
        "vocab.json",
        "merges.txt",
        "chat_template.jinja",
        "chat_template.json",
    ];

    /// <summary>The tokenizer files of a folder.</summary>
    public static IReadOnlyList<string> In(string folder) =>
        [.. Names.Select(name => Path.Combine(folder, name)).Where(File.Exists)];

    /// <summary>Copies files into a folder, all of them or, where one can't be, none.</summary>
    public static void Copy(IEnumerable<string> files, string folder)
    {
        Directory.CreateDirectory(folder);
        using var pending = new PendingFiles();
        foreach (var file in files)
        {
            var target = Path.Combine(folder, NameFor(file));
            if (!string.Equals(Path.GetFullPath(file), Path.GetFullPath(target), StringComparison.Ordinal))
            {
                using var source = File.OpenRead(file);
                pending.Write(target, source.CopyTo);
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
