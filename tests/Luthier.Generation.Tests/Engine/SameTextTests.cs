using Luthier.Generation.Engine;
using Luthier.Models.Checkpoints;
using Luthier.Models.Quantization;
using Luthier.Models.Transformers;
using Luthier.Tensors.Devices;
using Luthier.Tensors.KeyValues;

namespace Luthier.Generation.Tests.Engine;

/// <summary>What a request gets is the same to the last bit whatever else is computed at the same time, and how.</summary>
public sealed class SameTextTests
{
    private static readonly Device Device = TestDevice.Create(threads: 2);

    public static TheoryData<string> Models { get; } =
    [
        "data/stories260k",
        "fixtures/llama-tiny",
        "fixtures/llama-tiny-bf16",
        "fixtures/llama3-tiny",
        "fixtures/qwen2-tiny",
        "fixtures/mistral-tiny",
        "fixtures/gemma2-tiny",
        "quickstart",
    ];

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Texts_and_probabilities_do_not_depend_on_the_batch(string name)
    {
        var folder = name is "quickstart"
            ? Path.Combine(TestData.RepositoryRoot, "samples/quickstart/base")
            : TestData.Shared(name);
        using var model = ModelLoader.Load(folder);
        var requests = Requests(model, new Random(name.Length)).ToList();
        var alone = await RunAsync(
            model,
            requests,
            new EngineOptions
            {
                MaxSequences = 1,
                MaxBatchedTokens = 4096,
                PrefixCaching = false,
            }
        );
        foreach (var (budget, sequences, blocks) in ((int, int, int)[])[(7, 5, 9), (33, 16, 12), (500, 40, 64)])
        {
            var together = await RunAsync(
                model,
                requests,
                new EngineOptions
                {
                    MaxBatchedTokens = budget,
                    MaxSequences = sequences,
                    Blocks = blocks,
                    MaxModelLength = 192,
                },
                preempts: blocks < 20
            );
            for (var i = 0; i < requests.Count; i++)
            {
                together[i].ShouldBe(alone[i], $"request {i} with {sequences} sequences");
            }
        }
    }

    [Theory]
    [InlineData(KeyValueType.BFloat16)]
    [InlineData(KeyValueType.Int8)]
    public async Task Narrow_caches_keep_texts_independent_too(KeyValueType type)
    {
        using var model = ModelLoader.Load(TestData.Shared("fixtures/llama-tiny"));
        var requests = Requests(model, new Random(1)).ToList();
        var options = new EngineOptions { CacheType = type };
        var alone = await RunAsync(model, requests, options with { MaxSequences = 1, PrefixCaching = false });
        var together = await RunAsync(
            model,
            requests,
            options with
            {
                Blocks = 12,
                MaxModelLength = 192,
                MaxSequences = 16,
                MaxBatchedTokens = 33,
            },
            preempts: true
        );
        together.ShouldBe(alone);
    }

    [Theory]
    [InlineData("Q8_0")]
    [InlineData("Q4_K_M")]
    public async Task Quantized_weights_keep_texts_independent_too(string quantization)
    {
        WeightMix.TryParse(quantization, out var mix).ShouldBeTrue();
        var folder = TestData.Shared("data/stories260k");
        using var model = ModelLoader.Load(folder, new LoadOptions { Quantization = mix });
        var requests = Requests(model, new Random(1)).ToList();
        var options = new EngineOptions { MaxModelLength = 192 };
        var alone = await RunAsync(model, requests, options with { MaxSequences = 1, PrefixCaching = false });
        var crowded = options with { Blocks = 12, MaxSequences = 16, MaxBatchedTokens = 33 };
        (await RunAsync(model, requests, crowded, preempts: true)).ShouldBe(alone);
    }

    [Theory]
    [InlineData("fixtures/llama-tiny")]
    [InlineData("fixtures/gemma2-tiny")]
    [InlineData("fixtures/llama-tiny-bf16")]
    public async Task A_text_is_the_generators(string name)
    {
        using var model = ModelLoader.Load(TestData.Shared(name));
        var requests = Requests(model, new Random(2)).ToList();
        var texts = await RunAsync(model, requests, new EngineOptions());
        using var generator = new Generator(model, Device);
        foreach (var (request, text) in requests.Zip(texts))
        {
            var tokens = generator.Generate(request.Prompt, request.Options).Tokens;
            text.ShouldStartWith($"{string.Join(' ', tokens)}:");
        }
    }

    /// <summary>Prompts of which many begin alike, greedy and drawn.</summary>
    private static IEnumerable<GenerationRequest> Requests(Transformer model, Random random)
    {
        var vocabulary = model.Config.VocabularySize;
        int[][] beginnings = [.. Enumerable.Range(0, 3).Select(_ => Tokens(70))];
        for (var i = 0; i < 24; i++)
        {
            var beginning = beginnings[random.Next(3)].Take(random.Next(3) * 35);
            yield return new GenerationRequest
            {
                Id = $"{i}",
                Prompt = [.. beginning, .. Tokens(random.Next(1, 40))],
                Options = new GenerationOptions
                {
                    Temperature = i % 3 == 0 ? 1 : 0,
                    TopP = 0.9,
                    Seed = (ulong)i,
                    RepetitionPenalty = i % 5 == 0 ? 1.2 : 1,
                    MaxNewTokens = random.Next(1, 80),
                    Logprobs = 2,
                },
            };
        }

        int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(vocabulary))];
    }

    /// <summary>Tokens and the exact values of their log-probabilities, of every request.</summary>
    private static async Task<List<string>> RunAsync(
        Transformer model,
        List<GenerationRequest> requests,
        EngineOptions options,
        bool preempts = false
    )
    {
        await using var engine = new InferenceEngine(model, tokenizer: null, Device, options);
        var streams = requests.ConvertAll(engine.Submit);
        var texts = new List<string>();
        foreach (var stream in streams)
        {
            var tokens = (await CompletedText.ReadAsync(stream)).Tokens;
            var bits = tokens.Select(token =>
                string.Join(',', token.Logprobs!.Top.Select(top => $"{top.Token}={top.Logprob:R}"))
            );
            texts.Add($"{string.Join(' ', tokens.Select(token => token.Id))}: {string.Join(' ', bits)}");
        }

        await engine.ShouldBecomeIdleAsync();
        (engine.Metrics.Preemptions.Value > 0).ShouldBe(preempts);
        (engine.Metrics.PrefixHits.Value > 0).ShouldBe(options.PrefixCaching);
        return texts;
    }
}
