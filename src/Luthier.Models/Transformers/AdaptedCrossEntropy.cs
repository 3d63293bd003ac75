using Luthier.Models.Layers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Transformers;

/// <summary>
/// Cross-entropy where the output projection carries an adapter. Unlike <see cref="LinearCrossEntropy"/> it holds the
/// logits of the batch, because the adapter's dropout makes them more than a product of two matrices.
/// </summary>
internal static class AdaptedCrossEntropy
{
    /// <inheritdoc cref="LinearCrossEntropy.Apply"/>
    public static float[] Apply(
        Tape tape,
        Tensor hidden,
        LinearLayer head,
        ReadOnlySpan<int> labels,
        float softcap,
        float gradientScale
    )
    {
        var logits = head.Forward(tape, hidden); // [n, vocabulary]
        var losses = new float[labels.Length];
        for (var row = 0; row < losses.Length; row++)
        {
            var label = labels[row];
            if (label != LinearCrossEntropy.Ignored && (uint)label >= (uint)logits.Columns)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(labels),
                    label,
                    $"label {label} is outside the vocabulary 0..{logits.Columns - 1}"
                );
            }

            losses[row] = LossAndGradient(RowOf(logits, row), label, softcap, gradientScale);
        }

        if (logits.NeedsGradient)
        {
            // The logits' memory holds their gradient by now.
            logits.Gradient = logits.View(logits.Shape);
        }
        else
        {
            tape.Release(logits);
        }

        return losses;
    }

    private static unsafe Span<float> RowOf(Tensor logits, int row) =>
        new(logits.Float32 + ((long)row * logits.Columns), logits.Columns);

    // Replaces the logits of one row by the gradient of gradientScale · loss.
    private static float LossAndGradient(Span<float> logits, int label, float softcap, float gradientScale)
    {
        if (label == LinearCrossEntropy.Ignored)
        {
            logits.Clear();
            return 0;
        }

        var largest = float.NegativeInfinity;
        foreach (ref var logit in logits)
        {
            logit = softcap > 0 ? softcap * MathF.Tanh(logit / softcap) : logit;
            largest = MathF.Max(largest, logit);
        }

        var sum = 0.0;
        foreach (var logit in logits)
        {
            sum += MathF.Exp(logit - largest);
        }

        var logSum = largest + Math.Log(sum);
        var loss = (float)(logSum - logits[label]);
        for (var i = 0; i < logits.Length; i++)
        {
            var capped = softcap > 0 ? logits[i] / softcap : 0;
            var probability = (float)Math.Exp(logits[i] - logSum);
            logits[i] = gradientScale * (1 - (capped * capped)) * (probability - (i == label ? 1 : 0));
        }

        return loss;
    }
}
