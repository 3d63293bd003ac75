using System.Text.Json;

namespace Luthier.Cli.Tests.Inspect;

public sealed class InspectVerbTests
{
    [Fact]
    public void Llama_13b_has_the_published_trainable_line_and_82_shards()
    {
        using var folder = TestData.TempFolder();
        var result = LuthierProcess.Run("inspect", Config(folder, 5120, 13824, 40), "--max-shard-size", "400MB");
        result.ExitCode.ShouldBe(0, result.Error);
        var lines = result.Out.Split('\n');
        lines.ShouldContain("parameters: 13,015,864,320", StringComparer.Ordinal);
        lines.ShouldContain(
            "trainable params: 6,553,600 || all params: 13,022,417,920 || trainable%: 0.05032552357220002",
            StringComparer.Ordinal
        );
        lines.ShouldContain("shards: 82, 26,031.7 MB in float16", StringComparer.Ordinal);
        lines.Count(l => l.StartsWith("  model-000", StringComparison.Ordinal)).ShouldBe(82);
    }

    [Theory]
    [InlineData(4096, 11008, 32, 39)]
    [InlineData(5120, 13824, 40, 82)]
    [InlineData(6656, 17920, 60, 242)]
    [InlineData(8192, 22016, 80, 402)]
    public void The_other_sizes_have_their_published_shard_counts(int hidden, int intermediate, int layers, int shards)
    {
        using var folder = TestData.TempFolder();
        var config = Config(folder, hidden, intermediate, layers);
        var result = LuthierProcess.Run("inspect", config, "--max-shard-size=400MB", "--dtype=float16", "--json");
        using var report = JsonDocument.Parse(result.Out);
        report.RootElement.GetProperty("shards").GetArrayLength().ShouldBe(shards);
    }

    [Fact]
    public void Adapter_element_type_and_kind_of_files_can_be_chosen()
    {
        using var folder = TestData.TempFolder();
        var result = LuthierProcess.Run([
            "inspect",
            Config(folder, 64, 176, 2),
            .. "--lora_r 4 --lora_target_modules all-linear --dtype float32 --format bin".Split(' '),
        ]);
        result.Out.ShouldContain("trainable params: 9,856 ||");
        result.Out.ShouldContain("in float32\n  pytorch_model.bin ");
    }

    [Theory]
    [InlineData("", "a model is missing: expected its folder, config.json or GGUF file")]
    [InlineData("/no/such", "'/no/such' is no folder or file; expected a model's folder, config.json or GGUF file")]
    [InlineData(". --max-shard-size big", "--max-shard-size is 'big'; expected a size such as 400MB, 5GB or 10GiB")]
    [InlineData(". --dtype int8", "--dtype is 'int8'; expected one of float32, bfloat16, float16")]
    public void Bad_usage_is_explained(string typed, string expected)
    {
        var result = LuthierProcess.Run(["inspect", .. typed.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        result.ExitCode.ShouldBe(2);
        result.Problems.ShouldBe(["luthier inspect: " + expected]);
    }

    [Fact]
    public void Target_modules_that_the_model_lacks_are_named()
    {
        using var folder = TestData.TempFolder();
        var result = LuthierProcess.Run("inspect", Config(folder, 64, 176, 2), "--lora-target-modules", "query");
        result.ExitCode.ShouldBe(2);
        result.Problems.ShouldHaveSingleItem().ShouldContain("query");
    }

    private static string Config(TempFolder folder, int hidden, int intermediate, int layers)
    {
        var path = folder["config.json"];
        File.WriteAllText(
            path,
            $$"""
            {
              "model_type": "llama", "hidden_size": {{hidden}}, "intermediate_size": {{intermediate}},
              "num_hidden_layers": {{layers}}, "num_attention_heads": {{hidden / (hidden > 64 ? 128 : 16)}},
              "vocab_size": 32000, "torch_dtype": "float16"
            }
            """
        );
        return path;
    }
}
