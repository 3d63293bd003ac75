using Luthier.Tensors.Operations;

namespace Luthier.Models.Transformers;

/// <summary>Losses of a batch's tokens.</summary>
public sealed class BatchLoss
{
    internal BatchLoss(float[] losses, int[] labels)
    {
        Losses = losses;
        Labels = labels;
        foreach (var label in labels)
        {
            Count += label == LinearCrossEntropy.Ignored ? 0 : 1;
        }

        foreach (var loss in losses)
        {
            Sum += loss;
        }
    }

    /// <summary>−log p of what each token [n] was asked to predict; 0 where nothing was asked.</summary>
    public IReadOnlyList<float> Losses { get; }

    /// <summary>What each token [n] was asked to predict; −100 where nothing was asked.</summary>
    public IReadOnlyList<int> Labels { get; }

    /// <summary>Sum of the losses.</summary>
    public double Sum { get; }

    /// <summary>How many tokens were asked to predict something.</summary>
    public int Count { get; }

    /// <summary>Mean loss; NaN where nothing was asked.</summary>
    public double Mean => Sum / Count;
}
