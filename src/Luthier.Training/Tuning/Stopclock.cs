namespace Luthier.Training.Tuning;

/// <summary>Measures the steps of a run, without what happens between them.</summary>
internal sealed class Stopclock(TimeProvider time)
{
    private long started;
    private double seconds;
    private long tokens;
    private int steps;

    public double TokensPerSecond => tokens / Math.Max(seconds, 1e-9);

    public void Start() => started = time.GetTimestamp();

    public void Stop(long stepTokens)
    {
        seconds += time.GetElapsedTime(started).TotalSeconds;
        tokens += stepTokens;
        steps++;
    }

    /// <summary>How long so many more steps take at the speed so far.</summary>
    public TimeSpan TimeFor(int moreSteps) => TimeSpan.FromSeconds(seconds / Math.Max(steps, 1) * moreSteps);
}
