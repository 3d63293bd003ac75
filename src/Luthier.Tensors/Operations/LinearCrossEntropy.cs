using Luthier.Tensors.Autograd;

namespace Luthier.Tensors.Operations;

/// <summary>The output projection and the cross-entropy of its softmax in one, so that no logits stay in memory.</summary>
public static partial class LinearCrossEntropy
{
    /// <summary>Marks a label that asks for nothing.</summary>
    public const int Ignored = -100;

    /// <param name="hidden">[n, d].</param>
    /// <param name="weight">[vocabulary, d].</param>
    /// <param name="labels">n next tokens, or <see cref="Ignored"/>.</param>
    /// <param name="softcap">Logits become cap · tanh(logit / cap); 0 leaves them.</param>
    /// <param name="gradientScale">The backward pass gives the gradient of gradientScale · Σ losses.</param>
    /// <returns>Losses [n]: −log p(label), 0 where ignored.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A label is outside the vocabulary.</exception>
    public static float[] Apply(
        Tape tape,
        Tensor hidden,
        Tensor weight,
        ReadOnlySpan<int> labels,
        float softcap,
        float gradientScale
    )
    {
        if (hidden.Columns != weight.Columns || labels.Length != hidden.Rows)
        {
            throw new ArgumentException(
                $"cross-entropy: {hidden.Describe()}, {labels.Length} labels and {weight.Describe()} do not fit"
            );
        }

        foreach (var label in labels)
        {
            if (label != Ignored && (uint)label >= (uint)weight.Rows)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(labels),
                    label,
                    $"label {label} is outside the vocabulary 0..{weight.Rows - 1}"
                );
            }
        }

        var losses = new float[labels.Length];
        var accumulate = false;
        var dHidden = tape.Recording && hidden.NeedsGradient ? tape.GradientOf(hidden, out accumulate) : null;
        var accumulateWeight = false;
        var dWeight = tape.Recording && weight.NeedsGradient ? tape.GradientOf(weight, out accumulateWeight) : null;
        tape.Device.LinearCrossEntropy(
            hidden,
            weight,
            labels,
            softcap,
            gradientScale,
            losses,
            dHidden,
            accumulate,
            dWeight,
            accumulateWeight,
            tape.Precision
        );
        return losses;
    }
}
