using System.Numerics.Tensors;
using Luthier.Models;

namespace Luthier.Generation.Sampling;

/// <summary>
/// Draws a token by the softmax of the logits: 1. keeps the top k, and those equal to the last of them; 2. turns logits
/// into weights, e^(logit / temperature), of which the largest is 1; 3. drops those below min-p; 4. keeps the fewest that
/// together reach top-p; 5. draws.
/// </summary>
/// <remarks>A draw takes one number of the seed's, whatever is drawn from.</remarks>
internal sealed class TokenDraw(GenerationOptions options)
{
    /// <summary>Temperatures beyond are as good as 0 or infinite, and must not make infinities times 0.</summary>
    private const double LargestScale = 1e30;

    private readonly SeededGenerator generator = new(options.Seed);
    private readonly float scale = (float)Math.Clamp(1 / options.Temperature, 1 / LargestScale, LargestScale);

    /// <param name="logits">[vocabulary], used up: numbers or −∞.</param>
    /// <param name="largest">The largest logit; finite.</param>
    public int Draw(Span<float> logits, float largest, SamplingScratch scratch)
    {
        // 1.
        int[]? tokens = null;
        var weights = logits;
        if (options.TopK > 0 && options.TopK < logits.Length)
        {
            (var count, var values, tokens) = scratch.Keep(logits, Cut.KthLargest(logits, options.TopK, scratch));
            weights = values.AsSpan(0, count);
        }

        // 2.
        TensorPrimitives.Subtract(weights, largest, weights);
        TensorPrimitives.Multiply(weights, scale, weights);
        TensorPrimitives.Exp<float>(weights, weights);

        // 3.
        if (options.MinP > 0)
        {
            Cut.ClearBelow(weights, (float)options.MinP);
        }

        // 4.
        if (options.TopP < 1)
        {
            Cut.KeepPart(weights, options.TopP, scratch);
        }

        // 5.
        var drawn = LogitRow.IndexOfPart(weights, generator.NextUniform());
        return tokens is null ? drawn : tokens[drawn];
    }
}
