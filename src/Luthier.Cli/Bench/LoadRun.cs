using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Luthier.Cli.Api;

namespace Luthier.Cli.Bench;

/// <summary>How a load is sent.</summary>
internal sealed record LoadOptions
{
    public required string Model { get; init; }

    /// <summary>Whether to talk to chat completions rather than completions.</summary>
    public bool IsChat { get; init; }

    public required int Requests { get; init; }

    /// <summary>Requests a second; infinity sends all at once.</summary>
    public double Rate { get; init; } = double.PositiveInfinity;

    public double Burstiness { get; init; } = 1;

    /// <summary>Requests that run at the same time at most; null: no limit.</summary>
    public int? MaxConcurrency { get; init; }

    public int Seed { get; init; }

    public double Temperature { get; init; }

    public bool IgnoreEndOfSequence { get; init; }

    public string Endpoint => IsChat ? "v1/chat/completions" : "v1/completions";
}

/// <summary>What a load came to.</summary>
/// <param name="Times">Of each request.</param>
/// <param name="Duration">Of the whole, in seconds.</param>
/// <param name="PeakTokens">Most tokens that came within a second.</param>
/// <param name="PeakRequests">Most requests that ran at the same time.</param>
internal sealed record LoadResult(IReadOnlyList<RequestTimes> Times, double Duration, int PeakTokens, int PeakRequests);

/// <summary>Sends a load to a server and measures each request.</summary>
internal sealed class LoadRun(ApiClient client, LoadOptions options)
{
    // Requests made ahead, so that making them takes no time from sending them.
    private const int Ahead = 1024;

    private readonly List<int> tokensBySecond = [];
    private readonly Lock tokensLock = new();
    private long start;
    private int running;
    private int peak;
    private int done;

    /// <summary>1. Makes requests ahead. 2. Sends each at its time. 3. Waits for all of them.</summary>
    public async Task<LoadResult> RunAsync(
        IAsyncEnumerable<BenchRequest> requests,
        IProgress<double> progress,
        CancellationToken cancellation
    )
    {
        // 1.
        var ahead = Channel.CreateBounded<BenchRequest>(Ahead);
        var filled = new TaskCompletionSource();
        var filling = FillAsync(requests, ahead.Writer, filled, cancellation);
        await Task.WhenAny(filled.Task, filling);

        // 2.
        using var slots = new SemaphoreSlim(options.MaxConcurrency ?? int.MaxValue);
        var sent = new List<Task<RequestTimes>>(options.Requests);
        start = Stopwatch.GetTimestamp();
        var due = TimeSpan.Zero;
        using var pauses = Arrivals.Pauses(options.Rate, options.Burstiness, options.Seed).GetEnumerator();
        await foreach (var request in ahead.Reader.ReadAllAsync(cancellation))
        {
            pauses.MoveNext();
            due += pauses.Current;
            var wait = due - Stopwatch.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, cancellation);
            }

            await slots.WaitAsync(cancellation);
            sent.Add(SendAsync(request, slots, progress, cancellation));
        }

        // 3.
        var times = await Task.WhenAll(sent);
        await filling;
        return new LoadResult(
            times,
            Stopwatch.GetElapsedTime(start).TotalSeconds,
            tokensBySecond.DefaultIfEmpty().Max(),
            peak
        );
    }

    /// <summary>Sends one request and waits for its end.</summary>
    /// <exception cref="ApiClientException">It failed.</exception>
    public async Task<RequestTimes> MeasureAsync(BenchRequest request, CancellationToken cancellation)
    {
        var times = new RequestTimes { InputTokens = request.PromptTokens };
        var begin = Stopwatch.GetTimestamp();
        var last = begin;
        var parts = 0;
        await foreach (var chunk in client.StreamAsync(options.Endpoint, BodyOf(request), cancellation))
        {
            var now = Stopwatch.GetTimestamp();
            if (IsToken(chunk))
            {
                if (parts++ == 0)
                {
                    times.FirstToken = Stopwatch.GetElapsedTime(begin, now).TotalSeconds;
                }
                else
                {
                    times.InterToken.Add((float)Stopwatch.GetElapsedTime(last, now).TotalSeconds);
                }

                last = now;
                CountToken(now);
            }

            ReadUsage(chunk, times);
        }

        if (parts == 0)
        {
            throw new ApiClientException($"{client.Url}{options.Endpoint}: the answer is empty");
        }

        times.EndToEnd = Stopwatch.GetElapsedTime(begin, last).TotalSeconds;
        times.OutputTokens = times.OutputTokens == 0 ? parts : times.OutputTokens;
        return times;
    }

    private async Task FillAsync(
        IAsyncEnumerable<BenchRequest> requests,
        ChannelWriter<BenchRequest> writer,
        TaskCompletionSource filled,
        CancellationToken cancellation
    )
    {
        Exception? failure = null;
        try
        {
            var count = 0;
            await foreach (var request in requests.WithCancellation(cancellation))
            {
                if (!writer.TryWrite(request))
                {
                    filled.TrySetResult();
                    await writer.WriteAsync(request, cancellation);
                }

                if (++count == options.Requests)
                {
                    return;
                }
            }
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            filled.TrySetResult();
            writer.Complete(failure);
        }
    }

    private async Task<RequestTimes> SendAsync(
        BenchRequest request,
        SemaphoreSlim slots,
        IProgress<double> progress,
        CancellationToken cancellation
    )
    {
        try
        {
            InterlockedMax(ref peak, Interlocked.Increment(ref running));
            return await MeasureAsync(request, cancellation);
        }
        catch (ApiClientException exception)
        {
            return new RequestTimes { InputTokens = request.PromptTokens, Error = exception.Message };
        }
        finally
        {
            Interlocked.Decrement(ref running);
            slots.Release();
            progress.Report((double)Interlocked.Increment(ref done) / options.Requests);
        }
    }

    private JsonObject BodyOf(BenchRequest request)
    {
        var body = new JsonObject
        {
            ["model"] = options.Model,
            ["max_tokens"] = request.OutputTokens,
            ["temperature"] = options.Temperature,
            ["stream"] = true,
            ["stream_options"] = new JsonObject { ["include_usage"] = true },
        };
        if (options.IsChat)
        {
            body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = request.Prompt });
        }
        else
        {
            body["prompt"] = request.Prompt;
        }

        if (options.IgnoreEndOfSequence)
        {
            body["ignore_eos"] = true;
        }

        return body;
    }

    // A chunk that only opens a message, or only counts, is no token; one without text is.
    private static bool IsToken(JsonElement chunk) =>
        chunk.TryGetProperty("choices", out var choices)
        && choices.ValueKind == JsonValueKind.Array
        && choices.GetArrayLength() > 0
        && !(
            choices[0].TryGetProperty("delta", out var delta) && delta.TryGetProperty("role", out _) && IsEmpty(delta)
        );

    private static bool IsEmpty(JsonElement delta) =>
        !delta.TryGetProperty("content", out var text)
        || text.ValueKind != JsonValueKind.String
        || text.GetString()!.Length == 0;

    private static void ReadUsage(JsonElement chunk, RequestTimes times)
    {
        if (chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
        {
            times.InputTokens = Count(usage, "prompt_tokens") ?? times.InputTokens;
            times.OutputTokens = Count(usage, "completion_tokens") ?? times.OutputTokens;
        }
    }

    private static int? Count(JsonElement usage, string name) =>
        usage.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out var count)
            ? count
            : null;

    private void CountToken(long now)
    {
        if (start == 0)
        {
            return;
        }

        var second = (int)Stopwatch.GetElapsedTime(start, now).TotalSeconds;
        lock (tokensLock)
        {
            while (tokensBySecond.Count <= second)
            {
                tokensBySecond.Add(0);
            }

            tokensBySecond[second]++;
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref target);
        } while (value > seen && Interlocked.CompareExchange(ref target, value, seen) != seen);
    }
}
