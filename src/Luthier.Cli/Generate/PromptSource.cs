using Luthier.Cli.CommandLine;
using Luthier.Cli.Tokenize;
using Luthier.Formats.Files;
using Luthier.Models.Transformers;
using Luthier.Text;

namespace Luthier.Cli.Generate;

/// <summary>A prompt's token ids, and the tokenizer of the model where it has one.</summary>
/// <param name="Ids">The prompt.</param>
/// <param name="Tokenizer">Reads and writes its text; may be null.</param>
/// <param name="IsShown">Whether the prompt is part of what is read: a template's frame is not.</param>
internal sealed record PromptSource(int[] Ids, Tokenizer? Tokenizer, bool IsShown = true)
{
    /// <summary>Exactly one of text and ids is given. Only a text needs a tokenizer.</summary>
    /// <exception cref="UsageException">There is no token to continue.</exception>
    public static PromptSource Load(Transformer model, string? text, string? ids)
    {
        var source = Read(model, text, ids);
        return source.Ids.Length > 0
            ? source
            : throw new UsageException("the prompt is empty; expected at least one token");
    }

    private static PromptSource Read(Transformer model, string? text, string? ids)
    {
        var origin = model.Origin!;
        if (text is not null)
        {
            var tokenizer = Tokenizer.Load(origin);
            return new PromptSource(tokenizer.Encode(text), tokenizer);
        }

        var parsed = TokenIds.Parse(new InputText(ids!, "--prompt-ids", IsTyped: true), model.Config.VocabularySize);
        return new PromptSource(parsed, HasTokenizer(origin) ? Tokenizer.Load(origin) : null);
    }

    // A GGUF file has its tokenizer within.
    private static bool HasTokenizer(string origin) =>
        File.Exists(origin)
        || File.Exists(Path.Combine(origin, TokenizerFiles.Json))
        || File.Exists(Path.Combine(origin, TokenizerFiles.SentencePiece));
}
