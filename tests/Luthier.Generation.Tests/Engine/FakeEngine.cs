using Luthier.Generation.Engine;
using Luthier.Generation.Engine.Adapters;
using Luthier.Generation.Engine.Execution;
using Luthier.Models.Configuration;
using Luthier.Text;

namespace Luthier.Generation.Tests.Engine;

/// <summary>Engines whose model is a hash.</summary>
internal static class FakeEngine
{
    private static readonly ModelConfig Config = ModelConfig.Parse(
        "config.json",
        """
        {"model_type": "llama", "hidden_size": 2, "intermediate_size": 2, "num_hidden_layers": 1,
         "num_attention_heads": 1, "num_key_value_heads": 1, "vocab_size": 50, "max_position_embeddings": 1024}
        """u8.ToArray()
    );

    /// <summary>An engine, and its model once the engine made it.</summary>
    public static (InferenceEngine Engine, FakeRunner Runner) Create(
        EngineOptions? options = null,
        TimeProvider? time = null,
        Tokenizer? tokenizer = null
    )
    {
        FakeRunner? runner = null;
        var engine = new InferenceEngine(
            Config,
            new AdapterRegistry(model: null),
            tokenizer,
            options ?? new EngineOptions { Blocks = 64, MaxSequences = 8 },
            time ?? TimeProvider.System,
            Make
        );
        return (engine, runner!);

        IModelRunner Make(int blocks) => runner = new FakeRunner(blocks);
    }

    public static GenerationRequest Request(int count, int newTokens, int seed = 0) =>
        new()
        {
            Id = $"r{count}-{newTokens}-{seed}",
            Prompt = [.. Enumerable.Range(0, count).Select(i => (i + seed) % 50)],
            Options = Greedy(newTokens),
        };

    public static GenerationOptions Greedy(int newTokens) => new() { Temperature = 0, MaxNewTokens = newTokens };

    /// <summary>Waits until all has been freed: the thread counts after it has told the requests.</summary>
    public static async Task ShouldBecomeIdleAsync(this InferenceEngine engine)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (
            engine.Metrics.FreeBlocks.Value != engine.Metrics.Blocks
            || engine.Metrics.Running.Value + engine.Metrics.Waiting.Value > 0
        )
        {
            await Task.Delay(1, limit.Token);
        }
    }
}

/// <summary>A gate that steps wait at, so that a test decides what happens between them.</summary>
internal sealed class StepGate(FakeRunner runner) : IDisposable
{
    private readonly SemaphoreSlim permits = new(0);
    private readonly SemaphoreSlim arrivals = new(0);

    /// <summary>Lets no step begin without a permit.</summary>
    public StepGate Close()
    {
        runner.OnStep = _ =>
        {
            arrivals.Release();
            permits.Wait();
        };
        return this;
    }

    /// <summary>Waits until a step is about to begin.</summary>
    public Task ArriveAsync() => arrivals.WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>Lets steps begin.</summary>
    public void Permit(int steps = 1) => permits.Release(steps);

    /// <summary>Lets all steps begin.</summary>
    public void Open()
    {
        runner.OnStep = null;
        permits.Release(100);
    }

    public void Dispose() => Open();
}
