namespace Luthier.Generation.Engine;

/// <summary>A text that has ended.</summary>
/// <param name="Stream">What it was read from.</param>
/// <param name="Tokens">All of its tokens.</param>
public sealed record CompletedText(GenerationStream Stream, IReadOnlyList<GeneratedToken> Tokens)
{
    public string Text => string.Concat(Tokens.Select(token => token.Text));

    /// <summary>Reads a stream to its end.</summary>
    /// <exception cref="GenerationFailedException">The text could not be computed.</exception>
    public static async Task<CompletedText> ReadAsync(GenerationStream stream, CancellationToken cancellation = default)
    {
        var tokens = new List<GeneratedToken>();
        await foreach (var token in stream.Tokens.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            tokens.Add(token);
        }

        return new CompletedText(stream, tokens);
    }
}
