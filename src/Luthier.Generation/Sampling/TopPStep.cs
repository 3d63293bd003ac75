namespace Luthier.Generation.Sampling;

/// <summary>Keeps the fewest most probable tokens whose probabilities together reach p.</summary>
internal sealed class TopPStep(double p) : ILogitsStep
{
    public void Apply(Span<float> logits, IReadOnlyList<int> tokens)
    {
        var order = new int[logits.Length];
        var keys = new float[logits.Length];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
            keys[i] = -logits[i];
        }

        Array.Sort(keys, order);
        var largest = -keys[0];
        var sum = 0.0;
        foreach (var key in keys)
        {
            sum += Math.Exp(-key - largest);
        }

        var reached = 0.0;
        foreach (var index in order)
        {
            if (reached >= p * sum)
            {
                logits[index] = float.NegativeInfinity;
            }
            else
            {
                reached += Math.Exp(logits[index] - largest);
            }
        }
    }
}
