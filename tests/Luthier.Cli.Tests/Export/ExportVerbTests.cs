using System.Text.Json;
using Luthier.Formats.PyTorch;

namespace Luthier.Cli.Tests.Export;

public sealed class ExportVerbTests
{
    private static string Model => TestData.Shared("fixtures/llama-tiny");

    [Fact]
    public void Metas_layout_has_its_names_and_sizes()
    {
        using var folder = TestData.TempFolder();
        var result = LuthierProcess.Run(
            "export",
            "--format",
            "meta",
            "--base-model",
            Model,
            "--output-dir",
            folder["out"]
        );
        result.ExitCode.ShouldBe(0, result.Error);
        using var weights = TorchFile.Open(folder["out/consolidated.00.pth"]);
        weights.Tensors.Keys.ShouldContain("layers.1.feed_forward.w3.weight", StringComparer.Ordinal);
        using var parameters = JsonDocument.Parse(File.ReadAllText(folder["out/params.json"]));
        parameters.RootElement.GetProperty("dim").GetInt32().ShouldBe(64);
        parameters.RootElement.GetProperty("n_kv_heads").GetInt32().ShouldBe(2);
        parameters.RootElement.GetProperty("vocab_size").GetInt32().ShouldBe(512);
    }

    [Fact]
    public void An_adapter_is_merged_rather_than_left_out()
    {
        using var folder = TestData.TempFolder();
        var adapter = TestData.Shared("fixtures/lora-train/adapter_final");
        LuthierProcess.Run("export", "--model", Model, "--output-dir", folder["base"]).ExitCode.ShouldBe(0);
        LuthierProcess
            .Run("export", "--model", Model, "--adapter", adapter, "--output-dir", folder["tuned"])
            .ExitCode.ShouldBe(0);
        using var plain = TorchFile.Open(folder["base/consolidated.00.pth"]);
        using var tuned = TorchFile.Open(folder["tuned/consolidated.00.pth"]);
        Bytes(tuned, "layers.0.attention.wq.weight").ShouldNotBe(Bytes(plain, "layers.0.attention.wq.weight"));
        Bytes(tuned, "layers.0.attention.wk.weight").ShouldBe(Bytes(plain, "layers.0.attention.wk.weight"));
    }

    [Fact]
    public void An_adapter_that_changes_nothing_is_refused()
    {
        using var folder = TestData.TempFolder();
        var untrained = TestData.Shared("fixtures/lora-train/adapter_init");
        var result = LuthierProcess.Run(
            "export",
            "--model",
            Model,
            "--adapter",
            untrained,
            "--output-dir",
            folder["out"]
        );
        result.ExitCode.ShouldBe(1);
        result.Problems.ShouldHaveSingleItem().ShouldContain("changes nothing");
        Directory.Exists(folder["out"]).ShouldBeFalse();
    }

    [Fact]
    public void Hugging_face_files_come_in_the_element_type_asked_for()
    {
        using var folder = TestData.TempFolder();
        string[] arguments = ["export", "--model", Model, "--output-dir", folder["out"], "--format", "safetensors"];
        LuthierProcess
            .Run([.. arguments, "--dtype", "bfloat16"])
            .Out.ShouldBe($"wrote {folder["out/model.safetensors"]}\n");
        using var config = JsonDocument.Parse(File.ReadAllText(folder["out/config.json"]));
        config.RootElement.GetProperty("torch_dtype").GetString().ShouldBe("bfloat16");
    }

    private static byte[] Bytes(TorchFile file, string name) => file.Get(name).AsBytes().ToArray();
}
