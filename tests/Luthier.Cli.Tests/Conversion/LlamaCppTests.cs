using System.Text.Json.Nodes;
using Luthier.Formats.Json;
using Luthier.Generation;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Gguf;
using Luthier.Models.Quantization;
using Luthier.Tensors.Devices;
using Luthier.Text;
using Luthier.Text.Gguf;

namespace Luthier.Cli.Tests.Conversion;

/// <summary>Files that are written here, in the eyes of llama.cpp: it loads them and computes the same.</summary>
public sealed class LlamaCppTests : IDisposable
{
    private const string Stories = "stories260k";
    private const string Base = "quickstart";

    private static readonly string[] BlockTypes = [.. WeightMix.Quantized.Select(mix => mix.Name)];

    private readonly TempFolder folder = TestData.TempFolder();
    private readonly Device device = TestDevice.Create(threads: 2);

    [Theory]
    [InlineData(Stories)]
    [InlineData(Base)]
    public void The_same_text_follows_in_float32(string name)
    {
        var file = Write(name, "f32");
        var tokenizer = Tokenizer.Load(file);
        var prompts = Prompts(name).Select(prompt => tokenizer.Encode(prompt)).ToArray();
        var answer = LlamaCpp.Run(
            new JsonObject
            {
                ["model"] = file,
                ["greedy"] = new JsonArray([
                    .. prompts.Select(prompt => new JsonObject { ["ids"] = ToJson(prompt), ["count"] = 60 }),
                ]),
            }
        );
        for (var i = 0; i < prompts.Length; i++)
        {
            Continue(file, prompts[i], 60).ShouldBe(ToIds(answer[0]!["greedy"]![i]!), Prompts(name)[i]);
        }
    }

    /// <summary>Small models with random weights of each family, with the tokenizer of another that has as many tokens.</summary>
    [Theory]
    [InlineData("llama-tiny", "")]
    [InlineData("llama3-tiny", "")]
    [InlineData("mistral-tiny", "")]
    [InlineData("qwen2-tiny", "")]
    [InlineData("qwen3", "")]
    [InlineData("gemma2-tiny", "")]
    [InlineData("llama-tiny", """ "rope_scaling": {"rope_type": "linear", "factor": 4} """)]
    [InlineData(
        "llama-tiny",
        """ "rope_scaling": {"rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 512} """
    )]
    public void Every_family_computes_the_same_in_float32(string name, string fields)
    {
        var source = name is "qwen3" ? RandomQwen3() : WithFields(TestData.Shared($"fixtures/{name}"), fields);
        var file = folder["a.gguf"];
        using (var export = new GgufExport(source, WeightMix.All[0]))
        {
            var tokenizer = GgufTokenizerExport.Of(TestData.Shared("data/stories260k"), export.VocabularySize);
            export.Write(file, tokenizer, progress: null, CancellationToken.None);
        }

        // Longer than the windows that some layers have.
        int[][] texts =
        [
            [.. Enumerable.Range(0, 150).Select(i => (i * 37 % 500) + 3)],
        ];
        LlamaCpp.Run(
            new JsonObject
            {
                ["model"] = file,
                ["logits"] = new JsonArray([.. texts.Select(ToJson)]),
                ["output"] = folder["logits"],
            }
        );
        var theirs = Agreement.Read(folder["logits"]);
        Agreement.Of(Logits(file, texts), theirs).MeanDivergence.ShouldBeLessThan(1e-8);
        Agreement.Of(Logits(source, texts), theirs).MeanDivergence.ShouldBeLessThan(1e-8);
    }

    [Theory]
    [InlineData(Stories)]
    [InlineData(Base)]
    public void Texts_have_the_same_tokens(string name)
    {
        // llama.cpp keeps the spaces that a SentencePiece model says to remove.
        var spaces = name is Stories ? " " : "  ";
        string[] texts = ["Hello World", $"two{spaces}spaces\n\nand lines\t", "1234567's é漢字🦙", "«don't» We'LL…"];
        var file = Write(name, "q8_0");
        var tokenizer = Tokenizer.Load(file);
        var answer = LlamaCpp.Run(
            new JsonObject { ["model"] = file, ["tokenize"] = new JsonArray([.. texts.Select(t => (JsonNode)t)]) }
        );
        for (var i = 0; i < texts.Length; i++)
        {
            tokenizer.Encode(texts[i], addSpecialTokens: false).ShouldBe(ToIds(answer[0]!["tokens"]![i]!), texts[i]);
        }
    }

    /// <summary>
    /// Both round activations to bytes before products with blocks, each in its own way: distributions differ a little,
    /// and the most probable token where two are about as probable.
    /// </summary>
    [Theory]
    [InlineData(Stories)]
    [InlineData(Base)]
    public void Predictions_agree_in_every_block_type(string name)
    {
        var texts = RealText(name);
        texts.Sum(text => text.Length).ShouldBeGreaterThanOrEqualTo(1000);
        var files = BlockTypes.Select(type => Write(name, type)).ToArray();
        LlamaCpp.Run([
            .. files.Select(file => new JsonObject
            {
                ["model"] = file,
                ["logits"] = new JsonArray([.. texts.Select(ToJson)]),
                ["output"] = file + ".logits",
            }),
        ]);
        for (var i = 0; i < files.Length; i++)
        {
            var agreement = Agreement.Of(Logits(files[i], texts), Agreement.Read(files[i] + ".logits"));
            TestContext.Current.TestOutputHelper?.WriteLine($"{BlockTypes[i]}: {agreement}");
            agreement.MeanDivergence.ShouldBeLessThan(0.01, $"{BlockTypes[i]}: {agreement}");
            agreement.SameBest.ShouldBeGreaterThanOrEqualTo(0.98, $"{BlockTypes[i]}: {agreement}");
        }
    }

    public void Dispose()
    {
        device.Dispose();
        folder.Dispose();
    }

    private static string Source(string name) =>
        name is Stories
            ? TestData.Shared("data/stories260k")
            : Path.Combine(TestData.RepositoryRoot, "samples", "quickstart", "base");

    /// <summary>A model of the family that no fixture has; its norms are random too, so that exchanging them shows.</summary>
    private string RandomQwen3()
    {
        var config = ModelConfig.Parse(
            "config.json",
            """
            {"model_type": "qwen3", "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 2,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32, "vocab_size": 512,
             "max_position_embeddings": 1024, "tie_word_embeddings": false, "initializer_range": 0.15}
            """u8.ToArray()
        );
        using var model = RandomWeights.Create(config, seed: 1);
        var random = new Random(2);
        foreach (var (_, tensor) in model.Parameters.Where(parameter => parameter.Tensor.Rank == 1))
        {
            foreach (ref var value in tensor.AsFloats())
            {
                value = (float)(0.5 + random.NextDouble());
            }
        }

        ModelSaver.Save(model, folder["qwen3"]);
        return folder["qwen3"];
    }

    /// <summary>A copy of a model folder whose config.json has other fields; the folder itself where there are none.</summary>
    private string WithFields(string source, string fields)
    {
        if (fields.Length == 0)
        {
            return source;
        }

        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!.AsObject();
        foreach (var (field, value) in JsonNode.Parse($"{{{fields}}}")!.AsObject())
        {
            config[field] = value!.DeepClone();
        }

        Directory.CreateDirectory(folder["copy"]);
        File.Copy(Path.Combine(source, "model.safetensors"), folder["copy/model.safetensors"]);
        File.WriteAllText(folder["copy/config.json"], config.ToJsonString());
        return folder["copy"];
    }

    private static string[] Prompts(string name) =>
        name is Stories
            ? ["Once upon a time", "Lily and her dog"]
            : ["The president of the company said", "Scientists have found"];

    private string Write(string name, string type)
    {
        var file = folder[$"{name}-{type}.gguf"];
        WeightMix.TryParse(type, out var mix).ShouldBeTrue();
        using var export = new GgufExport(Source(name), mix) { Threads = 2 };
        var tokenizer = GgufTokenizerExport.Of(Source(name), export.VocabularySize);
        export.Write(file, tokenizer, progress: null, CancellationToken.None);
        return file;
    }

    /// <summary>The stories that one model tells, which are all it knows; an encyclopedia for the other.</summary>
    private int[][] RealText(string name)
    {
        var source = Source(name);
        if (name is Stories)
        {
            return
            [
                .. JsonFile
                    .Read(Path.Combine(source, "greedy.json"))
                    .Items()
                    .Select(story => Ids(story["prompt_ids"]).Concat(Ids(story["greedy_ids"])).ToArray())
                    .Select(story => (int[])[.. story, .. Continue(source, story, 140)]),
            ];
        }

        var tokenizer = Tokenizer.Load(source);
        var ids = tokenizer.Encode(File.ReadAllText(TestData.Shared("data/text/wiki_demo.txt"))[..20000]);
        return [.. ids.Skip(1).Chunk(255).Take(4).Select(text => (int[])[ids[0], .. text])];
    }

    private int[] Continue(string model, int[] prompt, int count)
    {
        using var loaded = ModelLoader.Load(model);
        using var generator = new Generator(loaded, device);
        var options = new GenerationOptions { Temperature = 0, MaxNewTokens = count };
        return [.. generator.Generate(prompt, options).Tokens];
    }

    /// <summary>As generating computes them: with packed weights and, for blocks, activations in bytes.</summary>
    private (float[] Values, int Vocabulary) Logits(string model, int[][] texts)
    {
        using var loaded = ModelLoader.Load(model);
        using var generator = new Generator(loaded, device);
        var logits = new List<float>();
        foreach (var text in texts)
        {
            logits.AddRange(generator.PromptLogits(text).AsFloats());
        }

        return ([.. logits], loaded.Config.VocabularySize);
    }

    private static IEnumerable<int> Ids(JsonField list) => list.Items().Select(item => item.AsInt32());

    private static int[] ToIds(JsonNode list) => [.. list.AsArray().Select(id => id!.GetValue<int>())];

    private static JsonArray ToJson(int[] ids) => [.. ids.Select(id => (JsonNode)id)];
}
