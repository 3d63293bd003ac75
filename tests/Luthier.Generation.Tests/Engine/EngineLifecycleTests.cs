using Luthier.Generation.Engine;
using static Luthier.Generation.Tests.Engine.FakeEngine;

namespace Luthier.Generation.Tests.Engine;

public sealed class EngineLifecycleTests
{
    [Fact]
    public async Task A_request_gives_its_tokens_and_says_how_it_ended()
    {
        var (engine, runner) = Create();
        await using (engine)
        {
            var request = Request(70, 5);
            var text = await CompletedText.ReadAsync(engine.Submit(request));
            text.Tokens.Select(token => token.Id).ShouldBe(FakeRunner.Continue(request.Prompt, 5));
            text.Tokens.Select(token => token.Finish).ShouldBe([null, null, null, null, FinishReason.Length]);
            text.Stream.FinishReason.ShouldBe(FinishReason.Length);
            (text.Stream.Id, text.Stream.PromptTokens, text.Stream.CachedTokens).ShouldBe((request.Id, 70, 0));
            (await CompletedText.ReadAsync(engine.Submit(request))).Stream.CachedTokens.ShouldBe(64);
            await engine.ShouldBecomeIdleAsync();
        }

        runner.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task Texts_end_where_the_context_does()
    {
        var (engine, _) = Create(new EngineOptions { Blocks = 4, MaxSequences = 2 });
        await using var closing = engine;
        engine.MaxModelLength.ShouldBe(128);
        var text = await CompletedText.ReadAsync(engine.Submit(Request(100, 1000)));
        (text.Tokens.Count, text.Stream.FinishReason).ShouldBe((28, FinishReason.Length));
        Should
            .Throw<ArgumentException>(() => engine.Submit(Request(128, 1)))
            .Message.ShouldBe(
                "the prompt has 128 tokens, expected at most 127: the context is 128 tokens, prompt and new ones"
            );

        // A prompt may fill it if nothing is to follow.
        var none = await CompletedText.ReadAsync(engine.Submit(Request(128, 0)));
        (none.Tokens.Count, none.Stream.FinishReason).ShouldBe((0, FinishReason.Length));
    }

    [Fact]
    public async Task Wrong_requests_are_refused_in_a_sentence()
    {
        var (engine, _) = Create();
        await using var closing = engine;
        Refused(Request(0, 1)).ShouldContain("the prompt is empty");
        Refused(Request(1, 1) with { Prompt = [3, 50] }).ShouldContain("token 50, expected 0 to 49");
        Refused(Request(1, 1) with { Prompt = [-1] }).ShouldContain("token -1");
        Refused(Request(1, 1) with { Adapter = "a" }).ShouldContain("no adapter 'a'");
        Refused(Request(1, 1) with { PromptLogprobs = -1 }).ShouldContain("prompt logprobs is -1");
        Refused(Request(1, -1)).ShouldContain("max new tokens is -1");
        Refused(Request(1, 1) with { Options = new() { StopStrings = ["a"] } }).ShouldContain("need a tokenizer");
        Refused(Request(1, 1) with { Options = new() { StopTokens = [50] } })
            .ShouldContain("stop tokens have token 50");
        await Should.ThrowAsync<ArgumentException>(() => engine.EmbedAsync([], Pooling.Mean));

        string Refused(GenerationRequest request) =>
            Should.Throw<ArgumentException>(() => engine.Submit(request)).Message;
    }

    [Fact]
    public async Task Beyond_the_queue_requests_are_refused_until_there_is_room()
    {
        var (engine, runner) = Create(
            new EngineOptions
            {
                Blocks = 8,
                MaxSequences = 1,
                MaxWaiting = 2,
            }
        );
        await using var closing = engine;
        using var gate = new StepGate(runner).Close();
        var first = engine.Submit(Request(5, 3));
        await gate.ArriveAsync();
        GenerationStream[] waiting = [engine.Submit(Request(5, 3)), engine.Submit(Request(5, 3))];
        Should.Throw<QueueFullException>(() => engine.Submit(Request(5, 3))).Message.ShouldContain("2 requests wait");
        waiting[0].Cancel();
        gate.Permit();
        await gate.ArriveAsync();
        var last = engine.Submit(Request(5, 3));
        gate.Open();
        foreach (var stream in (GenerationStream[])[first, waiting[1], last])
        {
            (await CompletedText.ReadAsync(stream)).Tokens.Count.ShouldBe(3);
        }

        waiting[0].FinishReason.ShouldBe(FinishReason.Cancelled);
        await engine.ShouldBecomeIdleAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Cancelling_frees_the_blocks_within_a_step(int stepsBefore)
    {
        var (engine, runner) = Create(
            new EngineOptions
            {
                Blocks = 32,
                MaxBatchedTokens = 64,
                MaxSequences = 2,
            }
        );
        await using var closing = engine;
        using var gate = new StepGate(runner).Close();
        var stream = engine.Submit(Request(150, 100));
        await gate.ArriveAsync();
        for (var i = 0; i < stepsBefore; i++)
        {
            gate.Permit();
            await gate.ArriveAsync();
        }

        await stream.DisposeAsync();
        gate.Permit();
        await CompletedText.ReadAsync(stream);
        await engine.ShouldBecomeIdleAsync();
        runner.Steps.ShouldBe(stepsBefore + 1);
        stream.FinishReason.ShouldBe(FinishReason.Cancelled);
        engine.Metrics.Finished(FinishReason.Cancelled).Value.ShouldBe(1);
    }

    [Fact]
    public async Task A_reader_that_comes_late_finds_all_tokens()
    {
        var (engine, _) = Create();
        await using var closing = engine;
        var slow = engine.Submit(Request(5, 900));
        for (var i = 0; i < 10; i++)
        {
            (await CompletedText.ReadAsync(engine.Submit(Request(5, 90, seed: i)))).Tokens.Count.ShouldBe(90);
        }

        await engine.ShouldBecomeIdleAsync();
        (await CompletedText.ReadAsync(slow)).Tokens.Count.ShouldBe(900);
    }

    [Fact]
    public async Task A_fault_of_the_model_fails_the_requests_in_the_step_and_no_others()
    {
        var (engine, runner) = Create(new EngineOptions { Blocks = 64, MaxSequences = 2 });
        await using var closing = engine;
        using var gate = new StepGate(runner).Close();
        GenerationStream[] streams = [engine.Submit(Request(40, 9)), engine.Submit(Request(40, 9, seed: 1))];
        await gate.ArriveAsync();
        gate.Permit();
        await gate.ArriveAsync();
        var later = engine.Submit(Request(40, 9, seed: 2));
        runner.OnStep = _ =>
        {
            runner.OnStep = null;
            throw new InvalidOperationException("the weights are gone");
        };
        gate.Permit();
        foreach (var stream in streams)
        {
            var exception = await Should.ThrowAsync<GenerationFailedException>(() => CompletedText.ReadAsync(stream));
            exception.Message.ShouldBe($"request {stream.Id} could not be computed: the weights are gone");
            stream.FinishReason.ShouldBe(FinishReason.Error);
        }

        (await CompletedText.ReadAsync(later)).Tokens.Count.ShouldBe(9);
        var again = await CompletedText.ReadAsync(engine.Submit(Request(40, 9)));
        again.Tokens.Select(token => token.Id).ShouldBe(FakeRunner.Continue(Request(40, 9).Prompt, 9));
        await engine.ShouldBecomeIdleAsync();
        (engine.Fault, engine.Metrics.Finished(FinishReason.Error).Value).ShouldBe((null, 2));
    }

    [Fact]
    public async Task Logits_that_are_no_numbers_fail_their_request_alone()
    {
        var (engine, runner) = Create();
        await using var closing = engine;
        runner.Poisoned = 7;
        var good = engine.Submit(Request(5, 3));
        var bad = engine.Submit(Request(1, 3) with { Prompt = [1, 7] });
        var exception = await Should.ThrowAsync<GenerationFailedException>(() => CompletedText.ReadAsync(bad));
        exception.Message.ShouldContain("NaN");
        (await CompletedText.ReadAsync(good)).Tokens.Count.ShouldBe(3);
        await Should.ThrowAsync<GenerationFailedException>(() => engine.EmbedAsync([7], Pooling.Mean));
        await engine.ShouldBecomeIdleAsync();
    }

    [Fact]
    public async Task Draining_refuses_new_requests_and_waits_for_the_others()
    {
        var (engine, runner) = Create();
        await using var closing = engine;
        using var gate = new StepGate(runner).Close();
        var stream = engine.Submit(Request(5, 3));
        await gate.ArriveAsync();
        var draining = engine.DrainAsync();
        Should.Throw<EngineStoppedException>(() => engine.Submit(Request(5, 3))).Message.ShouldContain("shutting down");
        draining.IsCompleted.ShouldBeFalse();
        using (var impatient = new CancellationTokenSource())
        {
            var other = engine.DrainAsync(impatient.Token);
            await impatient.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => other);
        }

        gate.Open();
        await draining;
        (await CompletedText.ReadAsync(stream)).Tokens.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Disposing_cancels_what_runs_and_what_waits()
    {
        var (engine, runner) = Create(new EngineOptions { Blocks = 64, MaxSequences = 1 });
        using var gate = new StepGate(runner).Close();
        GenerationStream[] streams = [engine.Submit(Request(5, 50)), engine.Submit(Request(5, 50))];
        var embedding = engine.EmbedAsync([1], Pooling.Last);
        await gate.ArriveAsync();
        var closing = engine.DisposeAsync();
        gate.Open();
        await closing;
        foreach (var stream in streams)
        {
            await CompletedText.ReadAsync(stream);
            stream.FinishReason.ShouldBe(FinishReason.Cancelled);
            stream.Cancel();
        }

        await Should.ThrowAsync<OperationCanceledException>(() => embedding);
        Should.Throw<EngineStoppedException>(() => engine.Submit(Request(5, 3)));
        await engine.DisposeAsync();
        await engine.DrainAsync();
        (engine.Metrics.FreeBlocks.Value, runner.IsDisposed).ShouldBe((64, true));
    }

    [Fact]
    public void Options_out_of_range_are_all_named()
    {
        var options = new EngineOptions
        {
            MaxBatchedTokens = 3,
            MaxModelLength = 0,
            CacheBytes = 0,
            Blocks = 0,
            MaxWaiting = 0,
        };
        var message = Should.Throw<ArgumentException>(() => Create(options)).Message;
        foreach (
            var name in (string[])["batched tokens", "model length", "cache bytes", "blocks is 0", "exclude", "waiting"]
        )
        {
            message.ShouldContain(name);
        }

        Wrong(new() { MaxSequences = 0 }).ShouldContain("max sequences is 0");
        Wrong(new() { MaxModelLength = 1025 }).ShouldContain("at most the model's 1024");
        Wrong(new() { MaxModelLength = 100, Blocks = 3 }).ShouldContain("3 blocks, 96 tokens");
        Wrong(new() { CacheBytes = 100 }).ShouldContain("no block of 512 bytes");

        static string Wrong(EngineOptions options) => Should.Throw<ArgumentException>(() => Create(options)).Message;
    }

    [Theory]
    [InlineData(null, null, 64 * 32)]
    [InlineData(100_000L, null, 195)]
    [InlineData(null, 7, 7)]
    public async Task The_cache_is_as_large_as_asked_for_or_as_could_be_needed(long? bytes, int? blocks, int expected)
    {
        var (engine, _) = Create(new EngineOptions { CacheBytes = bytes, Blocks = blocks });
        await using var closing = engine;
        engine.Metrics.Blocks.ShouldBe(expected);
    }
}
