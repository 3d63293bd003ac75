using Luthier.Text;

namespace Luthier.Generation.Stopping;

/// <summary>
/// Makes text of a sequence's new tokens as they come, up to a stop token, a stop string or the greatest length.
/// </summary>
internal sealed class TextAssembler
{
    /// <summary>
    /// So many tokens of the prompt are read first, for the text goes on where they end: by themselves new tokens would
    /// lose a space at their start, or a character that began in the prompt.
    /// </summary>
    private const int ContextTokens = 64;

    private readonly GenerationOptions options;
    private readonly StreamingDecoder? decoder;
    private readonly StopStringMatcher matcher;

    /// <param name="tokenizer">Null: there is no text.</param>
    /// <param name="options">There is room for all new tokens.</param>
    public TextAssembler(Tokenizer? tokenizer, IReadOnlyList<int> prompt, GenerationOptions options)
    {
        this.options = options;
        matcher = new StopStringMatcher(options.StopStrings, options.IncludeStopString);
        decoder = tokenizer?.CreateDecoder(options.SkipSpecialTokens);
        for (var i = Math.Max(0, prompt.Count - ContextTokens); i < prompt.Count; i++)
        {
            decoder?.Push(prompt[i]);
        }
    }

    /// <summary>New tokens so far.</summary>
    public int Count { get; private set; }

    /// <summary>The stop string that ended the text, if one did.</summary>
    public string? StopString => matcher.Matched;

    /// <summary>The stop token that ended the text, if one did.</summary>
    public int? StopToken { get; private set; }

    // Stop tokens that come too early were never drawn.
    private bool MayStop => Count > options.MinNewTokens;

    /// <summary>
    /// Takes a token: the text that is certain by now, all of it where this token is the last, and why it is the last.
    /// </summary>
    public (string Delta, FinishReason? Finish) Push(int token)
    {
        Count++;
        var isStop = options.Stops(token);
        var delta =
            decoder is null || (isStop && !options.IncludeStopString) ? "" : matcher.Push(decoder.Push(token), MayStop);
        var isLast = isStop || StopString is not null || Count == options.MaxNewTokens;
        delta += isLast ? End() : "";
        StopToken = isStop && StopString is null ? token : null;
        return (
            delta,
            isStop || StopString is not null ? FinishReason.Stop
            : isLast ? FinishReason.Length
            : null
        );
    }

    /// <summary>No token follows: the rest of the text.</summary>
    public string End() => decoder is null ? "" : matcher.Push(decoder.Flush(), MayStop) + matcher.Flush();
}
