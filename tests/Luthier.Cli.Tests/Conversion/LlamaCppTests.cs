using System.Text.Json.Nodes;
using Luthier.Formats.Json;
using Luthier.Generation;
using Luthier.Models.Checkpoints;
using Luthier.Models.Gguf;
using Luthier.Models.Quantization;
using Luthier.Models.Transformers;
using Luthier.Tensors.Autograd;
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

    private (float[] Values, int Vocabulary) Logits(string file, int[][] texts)
    {
        using var model = ModelLoader.Load(file);
        using var tape = new Tape(device);
        var logits = new List<float>();
        foreach (var text in texts)
        {
            tape.Reset();
            logits.AddRange(model.Logits(tape, model.Forward(tape, Batch.FromSequences(text))).AsFloats());
        }

        return ([.. logits], model.Config.VocabularySize);
    }

    private static IEnumerable<int> Ids(JsonField list) => list.Items().Select(item => item.AsInt32());

    private static int[] ToIds(JsonNode list) => [.. list.AsArray().Select(id => id!.GetValue<int>())];

    private static JsonArray ToJson(int[] ids) => [.. ids.Select(id => (JsonNode)id)];
}
