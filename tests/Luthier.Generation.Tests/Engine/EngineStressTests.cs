using Luthier.Generation.Engine;
using static Luthier.Generation.Tests.Engine.FakeEngine;

namespace Luthier.Generation.Tests.Engine;

public sealed class EngineStressTests
{
    private static readonly EngineOptions Tight = new()
    {
        Blocks = 24,
        MaxBatchedTokens = 96,
        MaxSequences = 12,
        MaxWaiting = 100_000,
    };

    [Fact]
    public async Task Thousands_of_requests_that_come_and_go_each_end_once_and_leave_nothing()
    {
        var (engine, _) = Create(Tight);
        await using var closing = engine;
        await SubmitManyAsync(engine, seed: 1);
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        await SubmitManyAsync(engine, seed: 2);
        (GC.GetTotalMemory(forceFullCollection: true) - memory).ShouldBeLessThan(1 << 18);

        var metrics = engine.Metrics;
        Enum.GetValues<FinishReason>().Sum(reason => metrics.Finished(reason).Value).ShouldBe(4000);
        metrics.Finished(FinishReason.Error).Value.ShouldBe(0);
        metrics.Finished(FinishReason.Cancelled).Value.ShouldBeInRange(100, 2500);
        metrics.Preemptions.Value.ShouldBeGreaterThan(100);
        metrics.PrefixHits.Value.ShouldBeGreaterThan(10_000);
        engine.Fault.ShouldBeNull();
    }

    private static async Task SubmitManyAsync(InferenceEngine engine, int seed)
    {
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(worker =>
                    Task.Run(async () =>
                    {
                        var random = new Random((10 * seed) + worker);
                        var running = new List<Task>();
                        for (var i = 0; i < 500; i++)
                        {
                            running.Add(RunAsync(engine, random.Next()));
                            if (random.Next(4) == 0)
                            {
                                await Task.Delay(random.Next(2));
                            }
                        }

                        await Task.WhenAll(running);
                    })
                )
        );
        await engine.ShouldBecomeIdleAsync();
    }

    private static async Task RunAsync(InferenceEngine engine, int seed)
    {
        var random = new Random(seed);
        var request = Request(1 + random.Next(300), random.Next(120), random.Next(3)) with
        {
            Priority = random.Next(3),
            PromptLogprobs = random.Next(20) == 0 ? 1 : null,
            CacheSalt = random.Next(10) == 0 ? "s" : null,
        };
        if (random.Next(15) == 0)
        {
            await EmbedAsync(engine, request.Prompt, random);
            return;
        }

        await using var stream = engine.Submit(request);
        var cancelAt = random.Next(3) == 0 ? random.Next(150) : int.MaxValue;
        var tokens = new List<int>();
        var ends = 0;
        if (cancelAt == 0)
        {
            stream.Cancel();
        }

        await foreach (var token in stream.Tokens.ReadAllAsync())
        {
            tokens.Add(token.Id);
            ends += token.Finish is null ? 0 : 1;
            if (tokens.Count == cancelAt)
            {
                stream.Cancel();
            }
        }

        tokens.ToArray().ShouldBe(FakeRunner.Continue(request.Prompt, tokens.Count));
        if (stream.FinishReason == FinishReason.Cancelled)
        {
            (ends, cancelAt).ShouldSatisfyAllConditions(
                () => ends.ShouldBe(0),
                () => cancelAt.ShouldBeLessThanOrEqualTo(tokens.Count)
            );
        }
        else
        {
            tokens.Count.ShouldBe(request.Options.MaxNewTokens);
            if (request.PromptLogprobs is not null)
            {
                var told = stream.PromptLogprobs!.Skip(1).Select(logprobs => logprobs!.Token).ToArray();
                told.ShouldBe(request.Prompt.Skip(1));
            }

            ends.ShouldBe(Math.Min(1, tokens.Count));
        }
    }

    private static async Task EmbedAsync(InferenceEngine engine, IReadOnlyList<int> prompt, Random random)
    {
        using var source = new CancellationTokenSource();
        var pooling = random.Next(2) == 0 ? Pooling.Mean : Pooling.Last;
        var embedding = engine.EmbedAsync(prompt, pooling, cancellation: source.Token);
        if (random.Next(3) == 0)
        {
            await source.CancelAsync();
        }

        try
        {
            var first = pooling == Pooling.Mean ? prompt.Average() : prompt[^1];
            var length = Math.Sqrt((first * first) + 1);
            var vector = await embedding;
            vector[0].ShouldBe((float)(first / length), 1e-6f);
            vector[1].ShouldBe((float)(1 / length), 1e-6f);
        }
        catch (OperationCanceledException)
        {
            source.IsCancellationRequested.ShouldBeTrue();
        }
    }
}
