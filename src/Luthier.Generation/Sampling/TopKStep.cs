namespace Luthier.Generation.Sampling;

/// <summary>Keeps the k largest logits, and those equal to the smallest of them.</summary>
internal sealed class TopKStep(int k) : ILogitsStep
{
    public void Apply(Span<float> logits, IReadOnlyList<int> tokens)
    {
        if (k >= logits.Length)
        {
            return;
        }

        var largest = new PriorityQueue<float, float>(k + 1);
        foreach (var logit in logits)
        {
            if (largest.Count < k)
            {
                largest.Enqueue(logit, logit);
            }
            else if (logit > largest.Peek())
            {
                largest.EnqueueDequeue(logit, logit);
            }
        }

        var smallest = largest.Peek();
        foreach (ref var logit in logits)
        {
            logit = logit < smallest ? float.NegativeInfinity : logit;
        }
    }
}
