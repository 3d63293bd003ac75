using Luthier.Formats.Json;
using Luthier.Formats.Safetensors;
using Luthier.Models.Checkpoints;
using Luthier.Tensors.Devices;
using Luthier.Tensors.Operations;

namespace Luthier.Generation.Tests;

/// <summary>Greedy continuations that Transformers computed.</summary>
public sealed class GreedyTests
{
    private static readonly Device Device = TestDevice.Create(threads: 2);

    public static TheoryData<string> Models { get; } =
    ["llama-tiny", "llama-tiny-bf16", "llama3-tiny", "qwen2-tiny", "mistral-tiny", "gemma2-tiny"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Continuations_are_identical(string name)
    {
        var greedy = Case(name, "greedy");
        var expected = Ids(greedy["new_tokens"]);
        Continue(name, Ids(greedy["prompt_ids"].Items().Single()), expected.Length).ShouldBe(expected);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Continuations_of_rows_padded_left_are_identical(string name)
    {
        var padded = Case(name, "greedy_leftpad");
        var rows = padded["input_ids"].Items().Zip(padded["attention_mask"].Items(), padded["sequences"].Items());
        foreach (var (ids, mask, sequence) in rows)
        {
            var width = ids.ItemCount;
            int[] prompt = [.. Ids(ids).Zip(Ids(mask)).Where(pair => pair.Second == 1).Select(pair => pair.First)];
            int[] expected = [.. Ids(sequence).Skip(width)];
            Continue(name, prompt, expected.Length).ShouldBe(expected);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_of_each_step_agree(string name)
    {
        var folder = TestData.Shared($"fixtures/{name}");
        var sequence = Ids(Case(name, "greedy")["sequence"].Items().Single());
        using var reference = SafetensorsFile.Open(Path.Combine(folder, "reference.safetensors"));
        using var model = ModelLoader.Load(folder);
        using var generator = new Generator(model, Device, MatMulPrecision.Float32);
        var expected = reference.Get("greedy.step_logits");
        var logits = generator.PromptLogits(sequence).AsFloats();
        var first = sequence.Length - expected.Rows - 1;
        for (var i = 0; i < expected.Count; i++)
        {
            logits[(first * expected.Columns) + i].ShouldBe(expected.AsFloats()[i], 2e-5f);
        }
    }

    [Fact]
    public void A_real_model_tells_the_same_stories()
    {
        var folder = TestData.Shared("data/stories260k");
        using var model = ModelLoader.Load(folder);
        using var generator = new Generator(model, Device);
        foreach (var story in JsonFile.Read(Path.Combine(folder, "greedy.json")).Items())
        {
            var expected = Ids(story["greedy_ids"]);
            var options = GenerationOptions.Of(model.Generation) with { MaxNewTokens = expected.Length };
            generator.Generate(Ids(story["prompt_ids"]), options).Tokens.ShouldBe(expected);
        }
    }

    private static IReadOnlyList<int> Continue(string name, int[] prompt, int count)
    {
        using var model = ModelLoader.Load(TestData.Shared($"fixtures/{name}"));
        using var generator = new Generator(model, Device);
        var options = new GenerationOptions { Temperature = 0, MaxNewTokens = count };
        return generator.Generate(prompt, options).Tokens;
    }

    private static JsonField Case(string name, string @case) =>
        JsonFile.Read(TestData.Shared($"fixtures/{name}/reference.json"))["cases"][@case];

    private static int[] Ids(JsonField list) => [.. list.Items().Select(item => item.AsInt32())];
}
