using Luthier.Formats;
using Luthier.Generation.Engine;
using Luthier.Generation.Engine.Adapters;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors.Devices;

namespace Luthier.Generation.Tests.Engine;

public sealed class EngineAdapterTests : IDisposable
{
    private static readonly Device Device = TestDevice.Create(threads: 2);

    private readonly TempFolder folder = TestData.TempFolder();
    private readonly Transformer model = Model();

    [Fact]
    public async Task Requests_with_and_without_adapters_are_computed_together()
    {
        string?[] names = [null, Save("first", rank: 4), Save("second", rank: 2)];
        var expected = names.Select(Alone).ToList();
        expected.Select(text => string.Join(' ', text)).Distinct(StringComparer.Ordinal).Count().ShouldBe(3);
        await using var engine = NewEngine();
        foreach (var name in names.OfType<string>())
        {
            await engine.LoadAdapterAsync(name, folder[name]);
        }

        engine.Adapters.ShouldBe(
            [new AdapterInfo("first", folder["first"], 4, 0), new AdapterInfo("second", folder["second"], 2, 0)],
            ignoreOrder: true
        );
        for (var round = 0; round < 2; round++)
        {
            var streams = Enumerable.Range(0, 12).Select(i => engine.Submit(Request(names[i % 3]))).ToList();
            for (var i = 0; i < streams.Count; i++)
            {
                var text = await CompletedText.ReadAsync(streams[i]);
                text.Tokens.Select(token => token.Id).ShouldBe(expected[i % 3], $"request {i}");

                // Each adapter has keys and values of its own.
                text.Stream.CachedTokens.ShouldBe(round == 0 && i < 3 ? 0 : 64);
            }
        }

        engine.Adapters.ShouldAllBe(adapter => adapter.Requests == 0);
    }

    [Fact]
    public async Task Embeddings_may_name_an_adapter()
    {
        Save("a", rank: 4);
        await using var engine = NewEngine();
        await engine.LoadAdapterAsync("a", folder["a"]);
        int[] prompt = [.. Enumerable.Range(1, 70)];
        foreach (var pooling in Enum.GetValues<Pooling>())
        {
            var plain = await engine.EmbedAsync(prompt, pooling);
            var adapted = await engine.EmbedAsync(prompt, pooling, "a");
            (await engine.EmbedAsync(prompt, pooling, "a")).ShouldBe(adapted);
            plain.Zip(adapted).Max(pair => Math.Abs(pair.First - pair.Second)).ShouldBeGreaterThan(1e-3f);
        }

        await Should.ThrowAsync<ArgumentException>(() => engine.EmbedAsync(prompt, Pooling.Last, "b"));
    }

    [Fact]
    public async Task Unloading_lets_requests_finish_and_a_new_one_of_the_same_name_starts_afresh()
    {
        Save("a", rank: 4);
        Save("b", rank: 2);
        await using var engine = NewEngine();
        await engine.LoadAdapterAsync("x", folder["a"]);
        var stream = engine.Submit(Request("x"));
        var unloading = engine.UnloadAdapterAsync("x");
        Should.Throw<ArgumentException>(() => engine.Submit(Request("x"))).Message.ShouldContain("no adapter 'x'");
        await Should.ThrowAsync<ArgumentException>(() => engine.UnloadAdapterAsync("x"));
        (await CompletedText.ReadAsync(stream)).Tokens.Select(token => token.Id).ShouldBe(Alone("a"));
        await unloading;

        await engine.LoadAdapterAsync("x", folder["b"]);
        var next = await CompletedText.ReadAsync(engine.Submit(Request("x")));
        next.Tokens.Select(token => token.Id).ShouldBe(Alone("b"));
        next.Stream.CachedTokens.ShouldBe(0);
        await engine.UnloadAdapterAsync("x");
        engine.Adapters.ShouldBeEmpty();
    }

    [Fact]
    public async Task Adapters_that_are_wrong_or_do_not_fit_change_nothing()
    {
        Save("good", rank: 4);
        Save("narrow", rank: 4, hidden: 16);
        Save("whole", rank: 4, saved: ["embed_tokens"]);
        Directory.CreateDirectory(folder["empty"]);
        await using var engine = NewEngine();
        await engine.LoadAdapterAsync("good", folder["good"]);
        await Refused<ArgumentException>("good", "good", "loaded already");
        await Refused<ArgumentException>(" ", "good", "name is empty");
        await Refused<InvalidFileException>("n", "narrow", "q_proj");
        await Refused<InvalidFileException>("w", "whole", "only low-rank updates");
        await Refused<IOException>("e", "empty", "adapter_config.json");
        await Refused<IOException>("m", "missing", "adapter_config.json");
        await File.WriteAllTextAsync(folder["empty/adapter_config.json"], "{");
        await Refused<InvalidFileException>("e", "empty", "adapter_config.json");
        engine.Adapters.Select(adapter => adapter.Name).ShouldBe(["good"]);
        (await CompletedText.ReadAsync(engine.Submit(Request(null))))
            .Tokens.Select(token => token.Id)
            .ShouldBe(Alone(null));

        async Task Refused<T>(string name, string from, string message)
            where T : Exception =>
            (await Should.ThrowAsync<T>(() => engine.LoadAdapterAsync(name, folder[from]))).Message.ShouldContain(
                message
            );
    }

    [Fact]
    public async Task An_adapter_comes_and_goes_while_others_are_used()
    {
        Save("a", rank: 4);
        await using var engine = NewEngine();
        var expected = (Base: Alone(null), Adapted: Alone("a"));
        var streams = new List<(GenerationStream Stream, bool Adapted)>();
        for (var i = 0; i < 20; i++)
        {
            await engine.LoadAdapterAsync("a", folder["a"]);
            streams.Add((engine.Submit(Request("a")), true));
            streams.Add((engine.Submit(Request(null)), false));
            await engine.UnloadAdapterAsync("a");
        }

        foreach (var (stream, adapted) in streams)
        {
            var tokens = (await CompletedText.ReadAsync(stream)).Tokens.Select(token => token.Id);
            tokens.ShouldBe(adapted ? expected.Adapted : expected.Base);
        }
    }

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    private static Transformer Model(int hidden = 32) =>
        RandomWeights.Create(
            ModelConfig.Parse(
                "config.json",
                System.Text.Encoding.UTF8.GetBytes(
                    $$"""
                    {"model_type": "llama", "hidden_size": {{hidden}}, "intermediate_size": 48, "num_hidden_layers": 2,
                     "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 97, "initializer_range": 0.3,
                     "max_position_embeddings": 256}
                    """
                )
            ),
            seed: 5
        );

    private static GenerationRequest Request(string? adapter) =>
        new()
        {
            Id = adapter ?? "base",
            Prompt = [.. Enumerable.Range(1, 70)],
            Options = new GenerationOptions { Temperature = 0, MaxNewTokens = 25 },
            Adapter = adapter,
        };

    private InferenceEngine NewEngine() => new(model, tokenizer: null, Device, new EngineOptions { Blocks = 96 });

    private string Save(string name, int rank, int hidden = 32, IReadOnlyList<string>? saved = null)
    {
        using var adapted = Model(hidden);
        var config = new LoraConfig
        {
            Rank = rank,
            Alpha = 16,
            TargetModules = ModuleSelection.AllLinear,
            Initialization = LoraInitialization.Random,
            ModulesToSave = saved,
        };
        Adapter.Create(adapted, config, seed: (ulong)rank).Save(folder[name]);
        return name;
    }

    private IReadOnlyList<int> Alone(string? name)
    {
        using var adapted = Model();
        if (name is not null)
        {
            Adapter.Load(adapted, folder[name]);
        }

        using var generator = new Generator(adapted, Device);
        return generator.Generate(Request(name).Prompt, Request(name).Options).Tokens;
    }
}
