namespace Luthier.Generation.Sampling;

/// <summary>
/// Makes tokens that occurred less probable: of prompt and text by the repetition penalty, which divides a positive
/// logit and multiplies another; then of the text alone, by the presence penalty once and by the frequency penalty for
/// each time.
/// </summary>
internal sealed class Penalties : ILogitsStep
{
    private readonly float repetition;
    private readonly float presence;
    private readonly float frequency;
    private readonly Dictionary<int, int> places = [];
    private readonly List<(int Token, int Count)> seen = [];

    public Penalties(GenerationOptions options, IReadOnlyList<int> prompt)
    {
        (repetition, presence, frequency) = (
            (float)options.RepetitionPenalty,
            (float)options.PresencePenalty,
            (float)options.FrequencyPenalty
        );
        if (repetition is not 1)
        {
            foreach (var token in prompt)
            {
                Count(token, 0);
            }
        }
    }

    /// <summary>Whether options ask for any.</summary>
    public static bool AreIn(GenerationOptions options) =>
        options.RepetitionPenalty is not 1 || options.PresencePenalty is not 0 || options.FrequencyPenalty is not 0;

    public void Apply(Span<float> logits)
    {
        foreach (var (token, count) in seen)
        {
            ref var logit = ref logits[token];
            logit = logit < 0 ? logit * repetition : logit / repetition;
            logit -= count > 0 ? (count * frequency) + presence : 0;
        }
    }

    public void Accept(int token) => Count(token, 1);

    private void Count(int token, int times)
    {
        if (places.TryAdd(token, seen.Count))
        {
            seen.Add((token, times));
        }
        else
        {
            seen[places[token]] = (token, seen[places[token]].Count + times);
        }
    }
}
