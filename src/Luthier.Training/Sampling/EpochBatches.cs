using Luthier.Training.Data;

namespace Luthier.Training.Sampling;

/// <summary>The rows of each optimizer step: a pure function of the step.</summary>
internal sealed class EpochBatches(IReadOnlyList<TokenSequence[]> rows, RowSampler sampler, int batchSize)
{
    private readonly int stepsPerEpoch = (rows.Count + batchSize - 1) / batchSize;
    private int epoch = -1;
    private int[] order = [];

    /// <summary>The rows of a step, counted from 0. The last step of an epoch may have fewer.</summary>
    public IReadOnlyList<TokenSequence[]> RowsOf(int step)
    {
        if (step / stepsPerEpoch != epoch)
        {
            epoch = step / stepsPerEpoch;
            order = sampler.RowsOf(epoch);
        }

        var start = step % stepsPerEpoch * batchSize;
        return Array.ConvertAll(order[start..Math.Min(start + batchSize, order.Length)], row => rows[row]);
    }
}
