using System.Globalization;
using System.Text.RegularExpressions;
using Luthier.Formats.Safetensors;

namespace Luthier.Cli.Tests.Merge;

public sealed partial class MergeVerbTests
{
    private static string Base => TestData.Shared("fixtures/llama-tiny");

    private static string Trained => TestData.Shared("fixtures/lora-train/adapter_final");

    [Theory]
    [InlineData("safetensors", "model.safetensors")]
    [InlineData("bin", "pytorch_model.bin")]
    public void The_merged_model_computes_what_the_adapter_does(string format, string file)
    {
        using var folder = TestData.TempFolder();
        var result = Merge(Trained, folder["out"], "--format", format);
        result.ExitCode.ShouldBe(0, result.Error);
        result.Out.ShouldContain($"wrote {folder[$"out/{file}"]}\n");
        var difference = Difference().Match(result.Out).Groups["value"].Value;
        double.Parse(difference, CultureInfo.InvariantCulture).ShouldBeLessThan(2e-5);
        Directory
            .GetFiles(folder["out"])
            .Select(Path.GetFileName)
            .ShouldBe(["config.json", "generation_config.json", file], ignoreOrder: true);
    }

    [Fact]
    public void Shards_are_cut_and_an_earlier_export_removed()
    {
        using var folder = TestData.TempFolder();
        Merge(Trained, folder["out"], "--max_shard_size", "200KB").ExitCode.ShouldBe(0);
        File.Exists(folder["out/model.safetensors.index.json"]).ShouldBeTrue();
        Merge(Trained, folder["out"]).ExitCode.ShouldBe(0);
        Directory.GetFiles(folder["out"], "model*").ShouldBe([folder["out/model.safetensors"]]);
    }

    [Fact]
    public void An_adapter_whose_updates_are_zero_is_refused_and_nothing_written()
    {
        using var folder = TestData.TempFolder();
        var untrained = TestData.Shared("fixtures/lora-train/adapter_init");
        var result = Merge(untrained, folder["out"]);
        result.ExitCode.ShouldBe(1);
        result.Problems.ShouldHaveSingleItem().ShouldStartWith($"luthier merge: {untrained}: ");
        Directory.Exists(folder["out"]).ShouldBeFalse();
    }

    [Fact]
    public void An_adapter_without_tensors_is_refused()
    {
        using var folder = TestData.TempFolder();
        Directory.CreateDirectory(folder["empty"]);
        File.Copy(Path.Combine(Trained, "adapter_config.json"), folder["empty/adapter_config.json"]);
        using (var stream = File.Create(folder["empty/adapter_model.safetensors"]))
        {
            SafetensorsWriter.Write(stream, []);
        }

        var result = Merge(folder["empty"], folder["out"]);
        result.ExitCode.ShouldBe(1);
        result.Problems.ShouldHaveSingleItem().ShouldContain(folder["empty"]);
        Directory.Exists(folder["out"]).ShouldBeFalse();
    }

    [Fact]
    public void The_base_model_is_never_overwritten()
    {
        var result = Merge(Trained, Base + "/");
        result.ExitCode.ShouldBe(2);
        result.Problems.ShouldBe(["luthier merge: --output-dir is the folder of --base-model; expected another one"]);
    }

    private static RunResult Merge(string adapter, string output, params string[] more) =>
        LuthierProcess.Run(["merge", "--base-model", Base, "--adapter", adapter, "--output-dir", output, .. more]);

    [GeneratedRegex(@"merged model: (?<value>\S+) ", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Difference();
}
