using System.Diagnostics;
using Luthier.Generation.Sampling;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;

namespace Luthier.Generation;

/// <summary>Continues one text at a time with a model, keeping the keys and values of what was computed.</summary>
/// <remarks>Not thread-safe; it reuses its scratch memory from token to token.</remarks>
public sealed class Generator : IDisposable
{
    private readonly Transformer model;
    private readonly Tape tape;

    public Generator(Transformer model, Device device)
    {
        this.model = model;
        tape = new Tape(device);
    }

    /// <summary>
    /// 1. Computes the prompt. 2. Chooses a token from the last logits and hands it out. 3. Computes that token, and
    /// goes on with 2 until a stop token comes or there are enough.
    /// </summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="onToken">Gets each new token as soon as it is chosen, a stop token too.</param>
    /// <param name="cancellation">Looked at between tokens; what was made until then is returned.</param>
    /// <exception cref="ArgumentException">The prompt is empty or has unknown tokens, or options are out of range.</exception>
    public GenerationResult Generate(
        IReadOnlyList<int> prompt,
        GenerationOptions options,
        Action<int>? onToken = null,
        CancellationToken cancellation = default
    )
    {
        options.Validate(model.Config.VocabularySize);
        CheckPrompt(prompt);
        var start = Stopwatch.GetTimestamp();
        var tokens = new List<int>(prompt);
        if (options.MaxNewTokens == 0)
        {
            return new GenerationResult([], StopReason.Length, TimeSpan.Zero, TimeSpan.Zero);
        }

        var cache = new KeyValueCache(model.Config, checked(prompt.Count + options.MaxNewTokens));
        var chain = new SamplingChain(options, prompt);

        // 1.
        var logits = LastLogits([.. prompt], cache);
        var promptTime = TimeSpan.Zero;
        while (true)
        {
            // 2.
            var token = chain.Choose(logits);
            tokens.Add(token);
            promptTime = tokens.Count == prompt.Count + 1 ? Stopwatch.GetElapsedTime(start) : promptTime;
            onToken?.Invoke(token);
            if (ReasonToStop(token, tokens.Count - prompt.Count, options, cancellation) is { } reason)
            {
                var decodingTime = Stopwatch.GetElapsedTime(start) - promptTime;
                return new GenerationResult(tokens[prompt.Count..], reason, promptTime, decodingTime);
            }

            // 3.
            logits = LastLogits([token], cache);
        }
    }

    /// <summary>Logits [prompt tokens, vocabulary] of every token of a prompt; valid until the next call.</summary>
    /// <exception cref="ArgumentException">The prompt is empty or has unknown tokens.</exception>
    public Tensor PromptLogits(IReadOnlyList<int> prompt)
    {
        CheckPrompt(prompt);
        tape.Reset();
        return model.Logits(tape, model.Forward(tape, Batch.FromSequences([.. prompt])));
    }

    public void Dispose() => tape.Dispose();

    private static StopReason? ReasonToStop(
        int token,
        int count,
        GenerationOptions options,
        CancellationToken cancellation
    ) =>
        !options.IgnoreStopTokens && options.StopTokens.Contains(token) ? StopReason.StopToken
        : count >= options.MaxNewTokens ? StopReason.Length
        : cancellation.IsCancellationRequested ? StopReason.Cancelled
        : null;

    /// <summary>Computes more tokens and gives the logits of the last one; the memory is valid until the next call.</summary>
    private Span<float> LastLogits(int[] tokens, KeyValueCache cache)
    {
        tape.Reset();
        var hidden = model.Forward(tape, Batch.Continuation(tokens, cache.Length), [cache]);
        return model.Logits(tape, hidden.Slice(hidden.Rows - 1, 1)).AsFloats();
    }

    private void CheckPrompt(IReadOnlyList<int> prompt)
    {
        if (prompt.Count == 0)
        {
            throw new ArgumentException("the prompt is empty: expected at least one token");
        }

        foreach (var token in prompt)
        {
            if ((uint)token >= (uint)model.Config.VocabularySize)
            {
                throw new ArgumentException(
                    $"the prompt has token {token}, expected 0 to {model.Config.VocabularySize - 1}"
                );
            }
        }
    }
}
