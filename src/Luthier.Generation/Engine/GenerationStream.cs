using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Luthier.Generation.Sampling;

namespace Luthier.Generation.Engine;

/// <summary>
/// What one request gives: its tokens as they come. The channel completes when the text has ended, with a
/// <see cref="GenerationFailedException"/> if it could not be computed. Disposing of the stream, or cancelling it, ends
/// the request within a step. What it says of prompt and end is known once the first token, or the end, was read.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "A stream of tokens, not of bytes")]
public sealed class GenerationStream : IAsyncDisposable
{
    private readonly Channel<GeneratedToken> channel = Channel.CreateUnbounded<GeneratedToken>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true }
    );

    private Action? cancel;

    internal GenerationStream(string id, int promptTokens)
    {
        Id = id;
        PromptTokens = promptTokens;
    }

    public string Id { get; }

    /// <summary>The new tokens; for one reader. Those that nobody read yet wait here.</summary>
    public ChannelReader<GeneratedToken> Tokens => channel.Reader;

    public int PromptTokens { get; }

    /// <summary>Tokens of the prompt that did not have to be computed.</summary>
    public int CachedTokens { get; private set; }

    /// <summary>How probable each token of the prompt was after those before it, where asked for; nothing for the first.</summary>
    public IReadOnlyList<TokenLogprobs?>? PromptLogprobs { get; private set; }

    /// <summary>Why the text ended; null: it has not.</summary>
    public FinishReason? FinishReason { get; private set; }

    /// <summary>The stop token that ended the text.</summary>
    public int? StopToken { get; internal set; }

    /// <summary>The stop string that ended the text.</summary>
    public string? StopString { get; internal set; }

    /// <summary>Ends the request within a step, if it has not ended.</summary>
    public void Cancel()
    {
        if (FinishReason is null)
        {
            Volatile.Read(ref cancel)?.Invoke();
        }
    }

    public ValueTask DisposeAsync()
    {
        Cancel();
        return ValueTask.CompletedTask;
    }

    internal void OnCancel(Action action) => Volatile.Write(ref cancel, action);

    internal void OnPrompt(int cachedTokens, IReadOnlyList<TokenLogprobs?>? logprobs) =>
        (CachedTokens, PromptLogprobs) = (cachedTokens, logprobs);

    internal void Write(GeneratedToken token)
    {
        FinishReason ??= token.Finish;
        channel.Writer.TryWrite(token);
    }

    internal void End(FinishReason reason, Exception? error = null)
    {
        FinishReason ??= reason;

        // It holds the sequence, which is not needed any more.
        Volatile.Write(ref cancel, null);
        channel.Writer.TryComplete(error);
    }
}
