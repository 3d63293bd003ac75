using Luthier.Models;

namespace Luthier.Generation.Sampling;

/// <summary>Draws a token by the softmax of the logits.</summary>
internal sealed class TokenDraw(ulong seed)
{
    private readonly SeededGenerator generator = new(seed);

    /// <param name="logits">[vocabulary]; becomes unnormalised probabilities.</param>
    /// <param name="largest">The largest logit.</param>
    public int Draw(Span<float> logits, float largest)
    {
        var sum = 0.0;
        foreach (ref var logit in logits)
        {
            logit = MathF.Exp(logit - largest);
            sum += logit;
        }

        var rest = generator.NextUniform() * sum;
        var last = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            if (logits[i] > 0)
            {
                last = i;
                rest -= logits[i];
                if (rest < 0)
                {
                    return i;
                }
            }
        }

        // Rounding may leave a rest after the last token that has a probability.
        return last;
    }
}
