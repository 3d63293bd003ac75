namespace Luthier.Generation;

/// <summary>A continued text.</summary>
/// <param name="Generated">The new tokens; a stop token that ended the text is the last of them.</param>
/// <param name="StopString">The stop string that ended the text, if one did.</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="PromptTime">From the start until the first new token was known.</param>
/// <param name="DecodingTime">From then on.</param>
public sealed record GenerationResult(
    IReadOnlyList<GeneratedToken> Generated,
    string? StopString,
    FinishReason Reason,
    TimeSpan PromptTime,
    TimeSpan DecodingTime
)
{
    /// <summary>The new tokens' ids.</summary>
    public IReadOnlyList<int> Tokens { get; } = [.. Generated.Select(token => token.Id)];

    /// <summary>What they spell; empty where there is no tokenizer.</summary>
    public string Text => string.Concat(Generated.Select(token => token.Text));

    /// <summary>New tokens after the first, per second; 0 where there is only one.</summary>
    public double TokensPerSecond =>
        Tokens.Count > 1 && DecodingTime > TimeSpan.Zero ? (Tokens.Count - 1) / DecodingTime.TotalSeconds : 0;
}
