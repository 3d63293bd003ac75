using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;
using Luthier.Training.Data;
using Luthier.Training.Optimizers;

namespace Luthier.Training.Tuning;

/// <param name="Loss">Mean over the tokens learned in the step.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="Tokens">Tokens that went through the model.</param>
internal readonly record struct StepResult(double Loss, double GradientNorm, long Tokens);

/// <summary>One optimizer step over a batch of rows, computed a few rows at a time.</summary>
internal sealed class TrainingStep(
    ITuningMethod method,
    Tape tape,
    AdamW optimizer,
    int microBatchSize,
    double maxGradientNorm,
    int seed
)
{
    /// <summary>
    /// 1. Clears the gradients. 2. Adds up losses and gradients of the micro-batches: each token learned counts
    /// 1 / (tokens learned in the whole step), so that the cut into micro-batches changes nothing. 3. Measures and clips
    /// the gradients. 4. Steps the optimizer.
    /// </summary>
    /// <param name="step">Number of the step, from 1.</param>
    /// <param name="rows">The step's rows, of one or more sequences each.</param>
    /// <param name="learningRate">Learning rate of the step.</param>
    /// <param name="cancellation">Leaves the step between two micro-batches; weights are then as before.</param>
    /// <exception cref="NotFiniteException">The loss or a gradient is not finite; weights are as before.</exception>
    public StepResult Run(
        int step,
        IReadOnlyList<TokenSequence[]> rows,
        double learningRate,
        CancellationToken cancellation
    )
    {
        // 1. Clear.
        optimizer.ClearGradients();

        // 2. Accumulate.
        var learned = rows.Sum(row => row.Sum(sequence => sequence.LabelCount));
        var scale = 1f / Math.Max(learned, 1);
        var (loss, tokens) = (0.0, 0L);
        for (var start = 0; start < rows.Count; start += microBatchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            var micro = MicroBatch.Of(rows, start, Math.Min(microBatchSize, rows.Count - start));
            tape.Reset(DropoutSeed(step), firstRow: tokens);
            tape.Recording = true;
            tape.Training = true;
            var sum = method.Model.Loss(tape, micro.Batch, micro.Labels, scale).Sum;
            if (!double.IsFinite(sum))
            {
                throw FiniteCheck.OfLoss(step, method, tape, micro.Batch);
            }

            tape.Backward();
            loss += sum;
            tokens += micro.Batch.Count;
        }

        // 3. Measure and clip.
        var norm = GradientNorm.Of(tape.Device, method.Trained, out var notFinite);
        if (notFinite is not null)
        {
            throw new NotFiniteException(step, notFinite.Name, $"the gradient of {notFinite.Name} holds");
        }

        // 4. Step.
        optimizer.Step(learningRate, GradientNorm.ClipScale(norm, maxGradientNorm));
        return new StepResult(loss * scale, norm, tokens);
    }

    private ulong DropoutSeed(int step) => ((ulong)(uint)seed << 32) | (uint)step;
}

/// <summary>Several rows side by side, with a label for each token.</summary>
internal readonly record struct MicroBatch(Batch Batch, int[] Labels)
{
    public static MicroBatch Of(IReadOnlyList<TokenSequence[]> rows, int start, int count)
    {
        List<int[]> ids = [];
        var tokens = 0;
        for (var row = start; row < start + count; row++)
        {
            foreach (var sequence in rows[row])
            {
                ids.Add(sequence.Ids);
                tokens += sequence.Length;
            }
        }

        var labels = new int[tokens];
        var filled = 0;
        for (var row = start; row < start + count; row++)
        {
            foreach (var sequence in rows[row])
            {
                sequence.Labels.CopyTo(labels, filled);
                filled += sequence.Length;
            }
        }

        return new MicroBatch(Batch.FromSequences(ids), labels);
    }
}
