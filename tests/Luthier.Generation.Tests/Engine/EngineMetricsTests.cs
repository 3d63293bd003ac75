using Luthier.Generation.Engine;
using Luthier.Generation.Engine.Metrics;
using static Luthier.Generation.Tests.Engine.FakeEngine;

namespace Luthier.Generation.Tests.Engine;

public sealed class EngineMetricsTests
{
    [Fact]
    public async Task Times_and_tokens_of_a_request_are_counted()
    {
        var time = new ManualTime();
        var (engine, runner) = Create(new EngineOptions { Blocks = 64, MaxSequences = 8 }, time);
        await using var closing = engine;
        using var gate = new StepGate(runner).Close();
        var first = engine.Submit(Request(70, 1));
        await gate.ArriveAsync();

        // It waits 2 s until the first has been computed, and takes 3 s, 0.05 s and 0.15 s.
        var second = engine.Submit(Request(100, 3));
        double[] seconds = [2, 3, 0.05, 0.15];
        for (var i = 0; i < seconds.Length; i++)
        {
            time.Advance(seconds[i]);
            gate.Permit();
            if (i < seconds.Length - 1)
            {
                await gate.ArriveAsync();
            }
        }

        (await CompletedText.ReadAsync(first)).Tokens.Count.ShouldBe(1);
        (await CompletedText.ReadAsync(second)).Tokens.Count.ShouldBe(3);
        await engine.ShouldBecomeIdleAsync();
        var metrics = engine.Metrics;
        ShouldHave(metrics.QueueTime, 0, 2);
        ShouldHave(metrics.PrefillTime, 2, 3);
        ShouldHave(metrics.TimeToFirstToken, 2, 5);
        ShouldHave(metrics.InterTokenLatency, 0.05, 0.15);
        ShouldHave(metrics.TimePerOutputToken, 0.1);
        ShouldHave(metrics.DecodeTime, 0, 0.2);
        ShouldHave(metrics.InferenceTime, 2, 3.2);
        ShouldHave(metrics.EndToEndLatency, 2, 5.2);
        ShouldHave(metrics.RequestPromptTokens, 70, 100);
        ShouldHave(metrics.RequestGenerationTokens, 1, 3);
        ShouldHave(metrics.IterationTokens, 70, 100 - 64, 1, 1);
        (metrics.Steps.Value, metrics.PromptTokens.Value, metrics.GenerationTokens.Value).ShouldBe((4, 170, 4));
        (metrics.PrefixQueries.Value, metrics.PrefixHits.Value).ShouldBe((170, 64));
        metrics.Finished(FinishReason.Length).Value.ShouldBe(2);
        metrics.CacheUsage.ShouldBe(0);
    }

    [Fact]
    public async Task What_runs_and_waits_is_counted()
    {
        var (engine, runner) = Create(new EngineOptions { Blocks = 10, MaxSequences = 1 });
        await using var closing = engine;
        using var gate = new StepGate(runner).Close();
        var stream = engine.Submit(Request(70, 20));
        await gate.ArriveAsync();
        engine.Submit(Request(70, 20)).Cancel();
        engine.Submit(Request(70, 20));
        gate.Permit();
        await gate.ArriveAsync();
        gate.Permit();
        await gate.ArriveAsync();
        var metrics = engine.Metrics;
        (metrics.Running.Value, metrics.Waiting.Value, metrics.FreeBlocks.Value).ShouldBe((1, 1, 7));
        metrics.CacheUsage.ShouldBe(0.3, 1e-9);
        stream.Cancel();
    }

    [Fact]
    public void Histograms_count_a_bound_in_its_own_bucket()
    {
        var histogram = new Histogram(1, 2, 5);
        foreach (var value in (double[])[0, 1, 1.5, 5, 6, 7])
        {
            histogram.Add(value);
        }

        Enumerable.Range(0, 4).Select(histogram.CountIn).ShouldBe([2, 1, 1, 2]);
        (histogram.Count, histogram.Sum).ShouldBe((6, 20.5));
        new EngineMetrics(1, 60).RequestPromptTokens.Bounds.ToArray().ShouldBe([1, 2, 5, 10, 20, 50]);
    }

    private static void ShouldHave(Histogram histogram, params double[] values)
    {
        histogram.Sum.ShouldBe(values.Sum(), 1e-6);
        var expected = new Histogram([.. histogram.Bounds]);
        Array.ForEach(values, expected.Add);
        for (var bucket = 0; bucket <= histogram.Bounds.Length; bucket++)
        {
            histogram.CountIn(bucket).ShouldBe(expected.CountIn(bucket), $"bucket {bucket}");
        }
    }

    private sealed class ManualTime : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => Volatile.Read(ref now);

        public void Advance(double seconds) => Interlocked.Add(ref now, (long)(seconds * TimestampFrequency));
    }
}
