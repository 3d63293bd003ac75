using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Luthier.Generation;
using Luthier.Generation.Engine;
using Luthier.Serving.Models;
using Luthier.Serving.Protocol;

namespace Luthier.Serving.Choices;

/// <summary>
/// All texts of a request: some for each of its prompts. They are computed together, and disposing of the set ends what
/// is not finished.
/// </summary>
internal sealed class ChoiceSet : IAsyncDisposable
{
    /// <summary>Tokens of several texts that wait for a slow client; beyond it they wait in their own streams.</summary>
    private const int MergedTokens = 64;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly List<Choice> choices = [];

    /// <summary>What a client is told whose text was cancelled, but not by the client.</summary>
    public static ApiError Stopped { get; } =
        ApiError.Unavailable("the server stopped before the answer was complete", RetryAfter);

    private ChoiceSet() { }

    /// <summary>Those of the first prompt, then those of the next.</summary>
    public IReadOnlyList<Choice> Choices => choices;

    /// <summary>The most probable texts of each prompt, with their places in the answer.</summary>
    /// <param name="perPrompt">Texts that were computed for each prompt.</param>
    /// <param name="kept">How many of them to keep.</param>
    public IReadOnlyList<Choice> Best(int perPrompt, int kept)
    {
        if (perPrompt == kept)
        {
            return choices;
        }

        var best = choices
            .Chunk(perPrompt)
            .SelectMany(group => group.OrderByDescending(choice => choice.MeanLogprob).Take(kept))
            .ToArray();
        for (var i = 0; i < best.Length; i++)
        {
            best[i].Index = i;
        }

        return best;
    }

    /// <summary>Submits <paramref name="perPrompt"/> texts for each prompt.</summary>
    /// <exception cref="ApiException">The engine doesn't take them; none is left running.</exception>
    public static async Task<ChoiceSet> SubmitAsync(
        ServedModel model,
        GenerationRequest template,
        IReadOnlyList<int[]> prompts,
        int perPrompt
    )
    {
        var set = new ChoiceSet();
        try
        {
            foreach (var (i, prompt) in prompts.Index())
            {
                var request = template with { Id = $"{template.Id}-{i}", Prompt = prompt };
                foreach (var stream in FanOut.Submit(model.Engine, request, perPrompt))
                {
                    set.choices.Add(new Choice(set.choices.Count, prompt, stream));
                }
            }

            return set;
        }
        catch (Exception exception)
        {
            await set.DisposeAsync().ConfigureAwait(false);
            throw ErrorOf(exception) is { } error ? new ApiException(error) : exception;
        }
    }

    /// <summary>What a client is told of an exception of the engine; null of any other.</summary>
    public static ApiError? ErrorOf(Exception exception) =>
        exception switch
        {
            ApiException api => api.Error,
            QueueFullException => ApiError.TooManyRequests(exception.Message, RetryAfter),
            EngineStoppedException => ApiError.Unavailable(exception.Message, RetryAfter),
            GenerationFailedException { InnerException: EngineStoppedException stopped } => ApiError.Unavailable(
                stopped.Message,
                RetryAfter
            ),
            GenerationFailedException => ApiError.Internal(),
            ArgumentException => ApiError.BadRequest(exception.Message),
            _ => null,
        };

    /// <summary>
    /// The texts as they grow: each is handed out for each of its tokens, and once more if it ends without one. What is
    /// read of a text before the next is handed out is its state at that token.
    /// </summary>
    /// <exception cref="ApiException">A text could not be computed to its end.</exception>
    public async IAsyncEnumerable<Choice> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        if (choices is [var only])
        {
            await foreach (var token in ReadAsync(only, cancellation).ConfigureAwait(false))
            {
                only.Take(token);
                yield return only;
            }

            yield break;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var merged = Channel.CreateBounded<(Choice, GeneratedToken?)>(MergedTokens);
        var pumping = PumpAllAsync(merged.Writer, ended.Token);
        try
        {
            await foreach (var (choice, token) in merged.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                choice.Take(token);
                yield return choice;
            }
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await pumping.ConfigureAwait(false);
        }
    }

    /// <summary>Waits for all texts to end.</summary>
    /// <exception cref="ApiException">A text could not be computed to its end.</exception>
    public async Task CompleteAsync(Action onToken, CancellationToken cancellation)
    {
        foreach (var choice in choices)
        {
            await foreach (var token in ReadAsync(choice, cancellation).ConfigureAwait(false))
            {
                choice.Take(token);
                onToken();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var choice in choices)
        {
            await choice.Stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task PumpAllAsync(ChannelWriter<(Choice, GeneratedToken?)> merged, CancellationToken cancellation)
    {
        await Task.WhenAll(choices.Select(choice => PumpAsync(choice, merged, cancellation))).ConfigureAwait(false);
        merged.TryComplete();
    }

    // The first text that fails ends all of them.
    private static async Task PumpAsync(
        Choice choice,
        ChannelWriter<(Choice, GeneratedToken?)> merged,
        CancellationToken cancellation
    )
    {
        try
        {
            await foreach (var token in ReadAsync(choice, cancellation).ConfigureAwait(false))
            {
                await merged.WriteAsync((choice, token), cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            merged.TryComplete(exception);
        }
    }

    private static async IAsyncEnumerable<GeneratedToken?> ReadAsync(
        Choice choice,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var isEnded = false;
        var tokens = choice.Stream.Tokens;
        while (await tokens.WaitToReadAsync(cancellation).ConfigureAwait(false))
        {
            while (tokens.TryRead(out var token))
            {
                isEnded |= token.Finish is not null;
                yield return token;
            }
        }

        if (isEnded)
        {
            yield break;
        }

        yield return choice.Stream.FinishReason is FinishReason.Cancelled or FinishReason.Error
            ? throw new ApiException(Stopped)
            : null;
    }
}
