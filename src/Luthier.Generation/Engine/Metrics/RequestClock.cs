using Luthier.Generation.Engine.Scheduling;

namespace Luthier.Generation.Engine.Metrics;

/// <summary>The times of one request, added to the engine's metrics.</summary>
/// <param name="metrics">Where they are added.</param>
/// <param name="time">Whose timestamps are used.</param>
internal sealed class RequestClock(EngineMetrics metrics, TimeProvider time)
{
    private readonly long arrival = time.GetTimestamp();
    private long admission;
    private long first;
    private long last;
    private int tokens;

    public void OnAdmitted(long now)
    {
        admission = now;
        metrics.QueueTime.Add(Seconds(arrival, now));
    }

    /// <summary>The whole prompt is computed for the first time.</summary>
    public void OnPrompt(Sequence sequence)
    {
        metrics.PromptTokens.Add(sequence.PromptCount);
        if (sequence.SharesBlocks)
        {
            metrics.PrefixQueries.Add(sequence.PromptCount);
            metrics.PrefixHits.Add(sequence.Cached);
        }
    }

    public void OnToken(long now)
    {
        if (tokens++ == 0)
        {
            first = now;
            metrics.TimeToFirstToken.Add(Seconds(arrival, now));
            metrics.PrefillTime.Add(Seconds(admission, now));
        }
        else
        {
            metrics.InterTokenLatency.Add(Seconds(last, now));
        }

        last = now;
        metrics.GenerationTokens.Add();
    }

    public void OnEnd(Sequence sequence, FinishReason reason, long now)
    {
        metrics.Finished(reason).Add();
        metrics.EndToEndLatency.Add(Seconds(arrival, now));
        metrics.InferenceTime.Add(Seconds(admission, now));
        metrics.RequestPromptTokens.Add(sequence.PromptCount);
        metrics.RequestGenerationTokens.Add(tokens);
        if (tokens > 0)
        {
            metrics.DecodeTime.Add(Seconds(first, last));
        }

        if (tokens > 1)
        {
            metrics.TimePerOutputToken.Add(Seconds(first, last) / (tokens - 1));
        }
    }

    public void OnAborted(FinishReason reason) => metrics.Finished(reason).Add();

    private double Seconds(long from, long to) => time.GetElapsedTime(from, to).TotalSeconds;
}
