namespace Luthier.Generation.Sampling;

/// <summary>Only some tokens may be drawn.</summary>
internal sealed class AllowedTokens(IReadOnlyList<int> tokens) : ILogitsStep
{
    private readonly int[] tokens = [.. tokens.Distinct()];
    private readonly float[] kept = new float[tokens.Distinct().Count()];

    public void Apply(Span<float> logits)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            kept[i] = logits[tokens[i]];
        }

        logits.Fill(float.NegativeInfinity);
        for (var i = 0; i < tokens.Length; i++)
        {
            logits[tokens[i]] = kept[i];
        }
    }

    public void Accept(int token) { }
}

/// <summary>Tokens that would complete one of some sequences among the new tokens may not be drawn.</summary>
internal sealed class BadWords(IReadOnlyList<IReadOnlyList<int>> words) : ILogitsStep
{
    private readonly int[][] words = [.. words.Select(word => word.ToArray())];
    private readonly List<int> text = [];

    public void Apply(Span<float> logits)
    {
        foreach (var word in words)
        {
            if (EndsWith(word.AsSpan(..^1)))
            {
                logits[word[^1]] = float.NegativeInfinity;
            }
        }
    }

    public void Accept(int token) => text.Add(token);

    private bool EndsWith(ReadOnlySpan<int> start)
    {
        if (start.Length > text.Count)
        {
            return false;
        }

        var i = start.Length - 1;
        var offset = text.Count - start.Length;
        while (i >= 0 && start[i] == text[offset + i])
        {
            i--;
        }

        return i < 0;
    }
}

/// <summary>
/// Some tokens may not be drawn before there are so many tokens, unless nothing else may be, as where a constraint says
/// that the text is complete.
/// </summary>
internal sealed class MinimumLength(int count, IReadOnlyList<int> stopTokens) : ILogitsStep
{
    private readonly int[] stopTokens = [.. stopTokens.Distinct()];
    private readonly float[] masked = new float[stopTokens.Distinct().Count()];
    private int left = count;

    public void Apply(Span<float> logits)
    {
        for (var i = 0; i < stopTokens.Length && left > 0; i++)
        {
            masked[i] = logits[stopTokens[i]];
            logits[stopTokens[i]] = float.NegativeInfinity;
        }
    }

    /// <summary>Takes back what <see cref="Apply"/> did.</summary>
    public void TakeBack(Span<float> logits)
    {
        for (var i = 0; i < stopTokens.Length && left > 0; i++)
        {
            logits[stopTokens[i]] = masked[i];
        }
    }

    public void Accept(int token) => left--;
}

/// <summary>Adds to the logits of some tokens.</summary>
internal sealed class LogitBias(IReadOnlyDictionary<int, float> biases) : ILogitsStep
{
    private readonly KeyValuePair<int, float>[] biases = [.. biases];

    public void Apply(Span<float> logits)
    {
        foreach (var (token, bias) in biases)
        {
            logits[token] += bias;
        }
    }

    public void Accept(int token) { }
}
