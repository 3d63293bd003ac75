using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;
using Luthier.Training.Data;
using Luthier.Training.Tuning;

namespace Luthier.Training.Evaluation;

/// <param name="Loss">Mean over all tokens asked for.</param>
/// <param name="Tokens">Number of those tokens.</param>
public readonly record struct LossReport(double Loss, long Tokens)
{
    /// <summary>e to the loss.</summary>
    public double Perplexity => Math.Exp(Loss);
}

/// <summary>The loss over rows, without training.</summary>
internal static class LossEvaluator
{
    // As many tokens at a time as keep the processor busy; more would only take more memory.
    private const int TokensAtATime = 2048;

    /// <param name="tape">Its recording ends here.</param>
    /// <param name="model">The model, with or without an adapter.</param>
    /// <param name="rows">Rows of one or more sequences each.</param>
    /// <param name="cancellation">Ends the evaluation without a result.</param>
    /// <param name="done">Hears how many rows are done.</param>
    public static LossReport Evaluate(
        Tape tape,
        Transformer model,
        IReadOnlyList<TokenSequence[]> rows,
        CancellationToken cancellation,
        Action<int>? done = null
    )
    {
        tape.Recording = false;
        tape.Training = false;
        var (sum, count) = (0.0, 0L);
        for (var start = 0; start < rows.Count; )
        {
            cancellation.ThrowIfCancellationRequested();
            var taken = Take(rows, start);
            var micro = MicroBatch.Of(rows, start, taken);
            tape.Reset();
            var loss = model.Loss(tape, micro.Batch, micro.Labels);
            sum += loss.Sum;
            count += loss.Count;
            start += taken;
            done?.Invoke(start);
        }

        return new LossReport(sum / Math.Max(count, 1), count);
    }

    private static int Take(IReadOnlyList<TokenSequence[]> rows, int start)
    {
        var tokens = 0L;
        var end = start;
        do
        {
            tokens += rows[end++].Sum(sequence => (long)sequence.Length);
        } while (end < rows.Count && tokens + rows[end].Sum(sequence => (long)sequence.Length) <= TokensAtATime);

        return end - start;
    }
}
