using Luthier.Tensors.Operations;

namespace Luthier.Training.Data;

/// <summary>Tokens that attend to each other, and which of them are learned.</summary>
public sealed class TokenSequence
{
    /// <param name="ids">Token ids.</param>
    /// <param name="labels">
    /// For each token itself, or <see cref="LinearCrossEntropy.Ignored"/> where it is not learned; the prediction of
    /// label t comes from token t − 1, so that the first label is never used.
    /// </param>
    public TokenSequence(int[] ids, int[] labels)
    {
        if (ids.Length != labels.Length)
        {
            throw new ArgumentException($"{ids.Length} tokens with {labels.Length} labels");
        }

        Ids = ids;
        Labels = labels;
        for (var i = 1; i < labels.Length; i++)
        {
            LabelCount += labels[i] == LinearCrossEntropy.Ignored ? 0 : 1;
        }
    }

    public int[] Ids { get; }

    public int[] Labels { get; }

    /// <summary>Number of tokens.</summary>
    public int Length => Ids.Length;

    /// <summary>Number of tokens that are predicted and learned.</summary>
    public int LabelCount { get; }
}
