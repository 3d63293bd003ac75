namespace Luthier.Generation.Sampling;

/// <summary>Makes every token of prompt and text less probable: its logit is divided where positive, else multiplied.</summary>
internal sealed class RepetitionPenaltyStep(float penalty) : ILogitsStep
{
    private readonly HashSet<int> seen = [];
    private int counted;

    public void Apply(Span<float> logits, IReadOnlyList<int> tokens)
    {
        for (; counted < tokens.Count; counted++)
        {
            seen.Add(tokens[counted]);
        }

        foreach (var token in seen)
        {
            ref var logit = ref logits[token];
            logit = logit < 0 ? logit * penalty : logit / penalty;
        }
    }
}
