using Luthier.Generation.Engine;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors.Devices;

namespace Luthier.Generation.Tests.Engine;

public sealed class InferenceEngineTests : IDisposable
{
    private static readonly Device Device = TestDevice.Create(threads: 2);

    private readonly Transformer model = RandomWeights.Create(
        ModelConfig.Parse(
            "config.json",
            """
            {"model_type": "llama", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 97, "initializer_range": 0.3,
             "max_position_embeddings": 256}
            """u8.ToArray()
        ),
        seed: 5
    );

    [Fact]
    public async Task Many_texts_at_once_are_those_of_each_alone()
    {
        using var generator = new Generator(model, Device);
        await using var engine = new InferenceEngine(
            model,
            tokenizer: null,
            Device,
            new EngineOptions
            {
                Blocks = 10,
                MaxBatchedTokens = 24,
                MaxSequences = 8,
            }
        );
        var random = new Random(3);
        var requests = Enumerable
            .Range(0, 40)
            .Select(i => new GenerationRequest
            {
                Id = $"{i}",
                Prompt = [.. Enumerable.Range(0, random.Next(1, 100)).Select(j => (j * (i % 4)) % 97)],
                Options = new GenerationOptions { Temperature = 0, MaxNewTokens = random.Next(1, 60) },
            })
            .ToList();
        var streams = requests.ConvertAll(engine.Submit);
        var texts = new List<int[]>();
        foreach (var stream in streams)
        {
            texts.Add([.. (await stream.Tokens.ReadAllAsync().ToListAsync()).Select(token => token.Id)]);
        }

        engine.Metrics.Preemptions.Value.ShouldBeGreaterThan(0);
        engine.Metrics.PrefixHits.Value.ShouldBeGreaterThan(0);
        foreach (var (request, text) in requests.Zip(texts))
        {
            text.ShouldBe(generator.Generate(request.Prompt, request.Options).Tokens, request.Id);
        }
    }

    public void Dispose() => model.Dispose();
}
