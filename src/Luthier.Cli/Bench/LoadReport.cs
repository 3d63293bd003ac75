namespace Luthier.Cli.Bench;

/// <summary>One kind of time of all requests, under the names of <c>vllm bench serve</c>.</summary>
/// <param name="Name">In the JSON: <c>mean_ttft_ms</c>.</param>
/// <param name="Title">Above the numbers.</param>
/// <param name="Label">Before each number.</param>
/// <param name="Milliseconds">The numbers.</param>
internal sealed record LoadMetric(string Name, string Title, string Label, Statistics Milliseconds);

/// <summary>The numbers of a load.</summary>
internal sealed class LoadReport
{
    public LoadReport(LoadOptions options, LoadResult result, Goodput? goodput)
    {
        Options = options;
        Result = result;
        Good = [.. result.Times.Where(times => times.Error is null)];
        InputTokens = Good.Sum(times => (long)times.InputTokens);
        OutputTokens = Good.Sum(times => (long)times.OutputTokens);
        GoodRequests = goodput is null ? null : Good.Count(goodput.Holds) / result.Duration;
        Metrics =
        [
            Metric("ttft", "Time to First Token", "TTFT", Good.Select(times => times.FirstToken)),
            Metric(
                "tpot",
                "Time per Output Token (excl. 1st token)",
                "TPOT",
                Good.Where(times => times.OutputTokens > 1).Select(times => times.PerOutputToken)
            ),
            Metric(
                "itl",
                "Inter-token Latency",
                "ITL",
                Good.SelectMany(times => times.InterToken, (_, t) => (double)t)
            ),
            Metric("e2el", "End-to-end Latency", "E2EL", Good.Select(times => times.EndToEnd)),
        ];
    }

    public LoadOptions Options { get; }

    public LoadResult Result { get; }

    /// <summary>Requests that were answered.</summary>
    public IReadOnlyList<RequestTimes> Good { get; }

    public int Failed => Result.Times.Count - Good.Count;

    public long InputTokens { get; }

    public long OutputTokens { get; }

    /// <summary>Requests a second that kept the limits; null where there were none.</summary>
    public double? GoodRequests { get; }

    public IReadOnlyList<LoadMetric> Metrics { get; }

    /// <summary>So many in each second of the load.</summary>
    public double PerSecond(long count) => count / Result.Duration;

    private static LoadMetric Metric(string name, string title, string label, IEnumerable<double> seconds) =>
        new(name, title, label, new Statistics(seconds.Select(second => second * 1000)));
}
