using System.Numerics.Tensors;
using Luthier.Generation.Engine.Metrics;
using Luthier.Generation.Engine.Scheduling;

namespace Luthier.Generation.Engine;

/// <summary>Makes one vector of length 1 of a text's final hidden states.</summary>
internal sealed class EmbeddingWork(Pooling pooling, int hiddenSize, RequestClock clock) : SequenceWork
{
    private readonly double[] sum = new double[hiddenSize];
    private readonly TaskCompletionSource<float[]> result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The next position; those before count already, if the sequence was preempted and is computed again.</summary>
    private int next;

    public Task<float[]> Result => result.Task;

    public override Wanted Wants(in Chunk chunk) =>
        pooling == Pooling.Mean || chunk.IsLast ? Wanted.Hidden : Wanted.Nothing;

    public override void OnAdmitted(long time) => clock.OnAdmitted(time);

    public override void OnHidden(Sequence sequence, int position, ReadOnlySpan<float> hidden)
    {
        if (position < next || (pooling == Pooling.Last && position != sequence.Count - 1))
        {
            return;
        }

        if (!float.IsFinite(TensorPrimitives.Sum(hidden)))
        {
            throw new InvalidOperationException(
                $"the model's hidden state of token {position} is not finite: NaN or ∞"
            );
        }

        next = position + 1;
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += hidden[i];
        }
    }

    public override FinishReason? Advance(Sequence sequence, long time)
    {
        clock.OnPrompt(sequence);
        return FinishReason.Stop;
    }

    public override void OnFinished(Sequence sequence, FinishReason reason, long time)
    {
        clock.OnEnd(sequence, reason, time);
        result.SetResult(Normalized());
    }

    public override void OnAborted(Sequence sequence, Exception? error)
    {
        clock.OnAborted(error is null ? FinishReason.Cancelled : FinishReason.Error);
        if (error is null)
        {
            result.SetCanceled();
        }
        else
        {
            var message = $"the embedding could not be computed: {error.Message}";
            result.SetException(new GenerationFailedException(message, error));
        }
    }

    // The length takes care of the number of tokens too: a mean points where its sum does.
    private float[] Normalized()
    {
        var length = Math.Max(Math.Sqrt(sum.Sum(x => x * x)), 1e-12);
        return Array.ConvertAll(sum, x => (float)(x / length));
    }
}
