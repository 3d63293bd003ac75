namespace Luthier.Text.Gguf;

/// <summary>Where a GGUF file's metadata has the parts of its tokenizer.</summary>
internal static class GgufKeys
{
    public const string Model = "tokenizer.ggml.model";
    public const string Pre = "tokenizer.ggml.pre";
    public const string Tokens = "tokenizer.ggml.tokens";
    public const string Scores = "tokenizer.ggml.scores";
    public const string TokenTypes = "tokenizer.ggml.token_type";
    public const string Merges = "tokenizer.ggml.merges";
    public const string AddBos = "tokenizer.ggml.add_bos_token";
    public const string AddEos = "tokenizer.ggml.add_eos_token";
    public const string AddSpacePrefix = "tokenizer.ggml.add_space_prefix";
    public const string RemoveExtraSpaces = "tokenizer.ggml.remove_extra_whitespaces";
    public const string ChatTemplate = "tokenizer.chat_template";

    /// <summary>The names of the templates beside the default one.</summary>
    public const string ChatTemplateNames = "tokenizer.chat_templates";

    /// <summary>The template of a name.</summary>
    public static string ChatTemplateOf(string name) => $"{ChatTemplate}.{name}";

    /// <summary>The id of the token with a role: bos, eos, unknown, padding.</summary>
    public static string IdOf(string role) => $"tokenizer.ggml.{role}_token_id";
}
