namespace Luthier.Generation.Sampling;

/// <summary>Below 1 the probable become more probable, above 1 less.</summary>
internal sealed class TemperatureStep(double temperature) : ILogitsStep
{
    public void Apply(Span<float> logits, IReadOnlyList<int> tokens)
    {
        // Counted from the largest, so that a low temperature can't overflow.
        var largest = float.NegativeInfinity;
        foreach (var logit in logits)
        {
            largest = MathF.Max(largest, logit);
        }

        foreach (ref var logit in logits)
        {
            logit = (float)((logit - largest) / temperature);
        }
    }
}
