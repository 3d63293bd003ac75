namespace Luthier.Generation.Sampling;

/// <summary>Changes logits before a token is chosen. What must not be drawn becomes −∞.</summary>
internal interface ILogitsStep
{
    /// <param name="logits">[vocabulary], changed in place.</param>
    /// <param name="tokens">Prompt and new tokens so far.</param>
    void Apply(Span<float> logits, IReadOnlyList<int> tokens);
}

/// <summary>
/// The steps that the options ask for, in the order of Transformers: penalty, temperature, top-k, top-p; then the most
/// probable token, or one drawn by its probability.
/// </summary>
internal sealed class SamplingChain
{
    private readonly List<ILogitsStep> steps = [];
    private readonly TokenDraw? draw;

    public SamplingChain(GenerationOptions options)
    {
        if (options.RepetitionPenalty is not 1)
        {
            steps.Add(new RepetitionPenaltyStep((float)options.RepetitionPenalty));
        }

        if (options.Temperature is 0)
        {
            return;
        }

        draw = new TokenDraw(options.Seed);
        if (options.Temperature is not 1)
        {
            steps.Add(new TemperatureStep(options.Temperature));
        }

        if (options.TopK > 0)
        {
            steps.Add(new TopKStep(options.TopK));
        }

        if (options.TopP < 1)
        {
            steps.Add(new TopPStep(options.TopP));
        }
    }

    /// <param name="logits">[vocabulary], used up.</param>
    /// <exception cref="InvalidOperationException">No logit is finite, or one is no number.</exception>
    public int Choose(Span<float> logits, IReadOnlyList<int> tokens)
    {
        foreach (var step in steps)
        {
            step.Apply(logits, tokens);
        }

        var best = IndexOfLargest(logits);
        return draw?.Draw(logits, logits[best]) ?? best;
    }

    /// <summary>The first of the largest logits.</summary>
    private static int IndexOfLargest(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            if (float.IsNaN(logits[i]))
            {
                throw new InvalidOperationException($"the model's logit of token {i} is not a number");
            }

            best = logits[i] > logits[best] ? i : best;
        }

        return float.IsFinite(logits[best])
            ? best
            : throw new InvalidOperationException($"the model's largest logit, of token {best}, is not finite");
    }
}
