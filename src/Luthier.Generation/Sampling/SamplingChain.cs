using Luthier.Generation.Constraints;

namespace Luthier.Generation.Sampling;

/// <summary>Changes logits before a token is chosen. What must not be drawn becomes −∞.</summary>
internal interface ILogitsStep
{
    /// <param name="logits">[vocabulary], changed in place.</param>
    void Apply(Span<float> logits);

    /// <summary>A token was chosen.</summary>
    void Accept(int token);
}

/// <summary>
/// Chooses the tokens of one sequence. Of the model's logits: 1. log-probabilities, where they are asked for; 2. the
/// constraint; 3. allowed tokens, bad words, the minimum length; 4. biases; 5. penalties; 6. the most probable token, or
/// one drawn after temperature, min-p, top-k and top-p (<see cref="TokenDraw"/>).
/// </summary>
/// <remarks>
/// The order is vLLM's; of what both know, it is Transformers' as well. Equal seeds choose equal tokens, whatever else is
/// computed at the same time. From token to token nothing is allocated but what is returned.
/// </remarks>
public sealed class SamplingChain
{
    private readonly GenerationOptions options;
    private readonly ConstraintState? constraint;
    private readonly MinimumLength? minimumLength;
    private readonly List<ILogitsStep> steps = [];
    private readonly TokenDraw? draw;
    private int count;

    /// <param name="options">Valid ones; <see cref="GenerationOptions.MaxNewTokens"/> is what there is room for.</param>
    /// <param name="prompt">What the sequence begins with.</param>
    public SamplingChain(GenerationOptions options, IReadOnlyList<int> prompt)
    {
        this.options = options;
        constraint = options.Constraint?.Start();
        draw = options.Temperature > 0 ? new TokenDraw(options) : null;
        if (options.AllowedTokens is { } allowed)
        {
            steps.Add(new AllowedTokens(allowed));
        }

        if (options.BadWords.Count > 0)
        {
            steps.Add(new BadWords(options.BadWords));
        }

        if (options.MinNewTokens > 0 && options.StopTokens.Count > 0)
        {
            steps.Add(minimumLength = new MinimumLength(options.MinNewTokens, options.StopTokens));
        }

        if (options.LogitBias.Count > 0)
        {
            steps.Add(new LogitBias(options.LogitBias));
        }

        if (Penalties.AreIn(options))
        {
            steps.Add(new Penalties(options, prompt));
        }
    }

    /// <summary>How probable the last token was; null where the options don't ask.</summary>
    public TokenLogprobs? Logprobs { get; private set; }

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">[vocabulary], used up.</param>
    /// <exception cref="SamplingException">
    /// A logit is no number or +∞, or no token may follow: one sentence.
    /// </exception>
    public int Choose(Span<float> logits)
    {
        var scratch = SamplingScratch.OfThread;
        var raw = options.Logprobs is null ? default : scratch.Raw(logits);
        constraint?.Mask(logits, options.MaxNewTokens - count);
        foreach (var step in steps)
        {
            step.Apply(logits);
        }

        var best = IndexOfLargest(logits);
        var token = draw?.Draw(logits, logits[best], scratch) ?? best;
        Logprobs = options.Logprobs is { } top ? TokenLogprobs.Of(raw, token, top) : null;
        Accept(token);
        return token;
    }

    private void Accept(int token)
    {
        count++;
        constraint?.Accept(token);
        foreach (var step in steps)
        {
            step.Accept(token);
        }
    }

    private int IndexOfLargest(Span<float> logits)
    {
        var best = LogitRow.IndexOfLargest(logits);
        if (float.IsNegativeInfinity(logits[best]))
        {
            minimumLength?.TakeBack(logits);
            best = LogitRow.IndexOfLargest(logits);
        }

        return !float.IsNegativeInfinity(logits[best])
            ? best
            : throw new SamplingException(
                constraint is null && steps.Count == 0
                    ? "the model gives every token a logit of -∞, expected finite numbers"
                    : $"no token may follow the first {count}: what the options allow excludes every one"
            );
    }
}
