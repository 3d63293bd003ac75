using Luthier.Text;

namespace Luthier.Generation.Engine;

/// <summary>Makes text of a request's new tokens as they come.</summary>
internal sealed class TextAssembler
{
    /// <summary>
    /// So many tokens of the prompt are read first, for the text goes on where they end: by themselves new tokens would
    /// lose a space at their start, or a character that began in the prompt.
    /// </summary>
    private const int ContextTokens = 64;

    private readonly StreamingDecoder? decoder;

    /// <param name="tokenizer">Null: there is no text.</param>
    public TextAssembler(Tokenizer? tokenizer, IReadOnlyList<int> prompt, GenerationOptions options)
    {
        decoder = tokenizer?.CreateDecoder(skipSpecialTokens: true);
        for (var i = Math.Max(0, prompt.Count - ContextTokens); i < prompt.Count; i++)
        {
            decoder?.Push(prompt[i]);
        }
    }

    /// <summary>The text that is certain by now.</summary>
    public string Push(int token) => decoder?.Push(token) ?? "";

    /// <summary>The rest of the text.</summary>
    public string Flush() => decoder?.Flush() ?? "";
}
