using Luthier.Generation.Stopping;
using Luthier.Text;

namespace Luthier.Generation.Engine;

/// <summary>Makes text of a request's new tokens as they come, up to a stop string.</summary>
internal sealed class TextAssembler
{
    /// <summary>
    /// So many tokens of the prompt are read first, for the text goes on where they end: by themselves new tokens would
    /// lose a space at their start, or a character that began in the prompt.
    /// </summary>
    private const int ContextTokens = 64;

    private readonly StreamingDecoder? decoder;
    private readonly StopStringMatcher matcher;

    /// <param name="tokenizer">Null: there is no text.</param>
    public TextAssembler(Tokenizer? tokenizer, IReadOnlyList<int> prompt, GenerationOptions options)
    {
        matcher = new StopStringMatcher(options.StopStrings, options.IncludeStopString);
        decoder = tokenizer?.CreateDecoder(options.SkipSpecialTokens);
        for (var i = Math.Max(0, prompt.Count - ContextTokens); i < prompt.Count; i++)
        {
            decoder?.Push(prompt[i]);
        }
    }

    /// <summary>The stop string that ended the text; null: it goes on.</summary>
    public string? Matched => matcher.Matched;

    /// <summary>Takes a token and returns the text that is certain by now.</summary>
    /// <param name="mayStop">Whether a stop string may end with this token.</param>
    public string Push(int token, bool mayStop) => decoder is null ? "" : matcher.Push(decoder.Push(token), mayStop);

    /// <summary>No token follows: the rest of the text.</summary>
    public string End(bool mayStop) => decoder is null ? "" : matcher.Push(decoder.Flush(), mayStop) + matcher.Flush();
}
