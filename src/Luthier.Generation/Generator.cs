using System.Diagnostics;
using Luthier.Generation.Sampling;
using Luthier.Generation.Stopping;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;
using Luthier.Tensors.Operations;
using Luthier.Text;

namespace Luthier.Generation;

/// <summary>Continues one text at a time with a model, keeping the keys and values of what was computed.</summary>
/// <remarks>Not thread-safe; it reuses its scratch memory from token to token.</remarks>
public sealed class Generator : IDisposable
{
    /// <summary>A prompt is computed so many tokens at a time, which bounds the memory of their activations.</summary>
    private const int PassTokens = 1024;

    private readonly Transformer model;
    private readonly Tape tape;
    private readonly PagedBatch batch = new();

    /// <param name="precision">Of matrix products; null: <see cref="Transformer.Precision"/>.</param>
    public Generator(Transformer model, Device device, MatMulPrecision? precision = null)
    {
        this.model = model;
        tape = new Tape(device, precision ?? model.Precision);
    }

    /// <summary>
    /// 1. Computes the prompt. 2. Chooses a token from the last logits and hands it out. 3. Computes that token, and
    /// goes on with 2 until a stop token or stop string comes or there are enough.
    /// </summary>
    /// <param name="prompt">At least one token.</param>
    /// <param name="tokenizer">Makes text of tokens; null: there is no text, and no stop strings in it.</param>
    /// <param name="onToken">Gets each new token as soon as it is chosen, a stop token too.</param>
    /// <param name="cancellation">Looked at between tokens; what was made until then is returned.</param>
    /// <exception cref="ArgumentException">The prompt is empty or has unknown tokens, or options are out of range.</exception>
    /// <exception cref="SamplingException">No token may follow.</exception>
    public GenerationResult Generate(
        IReadOnlyList<int> prompt,
        GenerationOptions options,
        Tokenizer? tokenizer = null,
        Action<GeneratedToken>? onToken = null,
        CancellationToken cancellation = default
    )
    {
        options.Validate(model.Config.VocabularySize);
        CheckPrompt(prompt);
        if (options.StopStrings.Count > 0 && tokenizer is null)
        {
            throw new ArgumentException("stop strings need text, but here tokens are generated without any");
        }

        var tokens = new List<GeneratedToken>();
        if (options.MaxNewTokens == 0)
        {
            return new GenerationResult(tokens, null, FinishReason.Length, TimeSpan.Zero, TimeSpan.Zero);
        }

        var start = Stopwatch.GetTimestamp();
        using var cache = new TextCache(model.Config);
        var chain = new SamplingChain(options, prompt);
        var text = new TextAssembler(tokenizer, prompt, options);

        // 1.
        var logits = LastLogits([.. prompt], cache);
        var promptTime = TimeSpan.Zero;
        while (true)
        {
            // 2.
            var token = chain.Choose(logits);
            promptTime = tokens.Count == 0 ? Stopwatch.GetElapsedTime(start) : promptTime;
            var (delta, finish) = text.Push(token);
            tokens.Add(new GeneratedToken(token, delta, chain.Logprobs, finish));
            onToken?.Invoke(tokens[^1]);
            if (finish is null && cancellation.IsCancellationRequested)
            {
                finish = FinishReason.Cancelled;
                tokens[^1] = tokens[^1] with { Text = delta + text.End(), Finish = finish };
            }

            if (finish is { } reason)
            {
                var decodingTime = Stopwatch.GetElapsedTime(start) - promptTime;
                return new GenerationResult(tokens, text.StopString, reason, promptTime, decodingTime);
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
        using var cache = new TextCache(model.Config);
        return model.Logits(tape, Compute([.. prompt], cache), [.. Enumerable.Range(0, prompt.Count)]);
    }

    public void Dispose() => tape.Dispose();

    /// <summary>Computes more tokens and gives the logits of the last one; the memory is valid until the next call.</summary>
    private Span<float> LastLogits(scoped ReadOnlySpan<int> tokens, TextCache cache)
    {
        while (tokens.Length > PassTokens)
        {
            Compute(tokens[..PassTokens], cache);
            tokens = tokens[PassTokens..];
        }

        return model.Logits(tape, Compute(tokens, cache), [tokens.Length - 1]).AsFloats();
    }

    /// <summary>Computes more tokens in one pass: their hidden states [n, hidden].</summary>
    private Tensor Compute(ReadOnlySpan<int> tokens, TextCache cache)
    {
        tape.Reset();
        cache.Append(tokens, batch);
        return model.Forward(tape, batch, cache.Memory);
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
