using System.Text.Json;
using Luthier.Formats.Gguf;

namespace Luthier.Cli.Tests.Conversion;

public sealed class ConvertVerbTests
{
    private static readonly string Base = Path.Combine(TestData.RepositoryRoot, "samples", "quickstart", "base");

    [Fact]
    public void A_converted_model_tells_the_same_story()
    {
        var stories = TestData.Shared("data/stories260k");
        using var folder = TestData.TempFolder();
        var output = folder["stories.gguf"];
        var result = Run("convert", "--to", "gguf", "--type", "f32", "--model", stories, "--output", output);
        result.Out.ShouldContain("47 F32");
        string[] asked = ["--prompt", "Once upon a time", "--max-new-tokens", "30"];
        var expected = Run(["generate", "--model", stories, .. asked]);
        Run(["generate", "--model", output, .. asked]).Out.ShouldBe(expected.Out);
        Run("inspect", output).Out.ShouldStartWith("llama: 5 layers, hidden 64, intermediate 172, 8 heads, 4 KV heads");
        Run("tokenize", "--model", output, "Lily  was\thappy é漢 x")
            .Out.ShouldBe(Run("tokenize", "--tokenizer", stories, "Lily  was\thappy é漢 x").Out);
    }

    [Fact]
    public void A_quantized_file_is_the_same_from_a_folder_and_from_a_converted_file()
    {
        using var folder = TestData.TempFolder();
        Run("convert", "--type", "bf16", "--model", Base, "--output", folder["a.gguf"]);
        Run("quantize", "--type", "q4_k_m", "--model", Base, "--output", folder["direct.gguf"]);
        var result = Run(
            "quantize",
            "--type",
            "q4_k_m",
            "--model",
            folder["a.gguf"],
            "--output",
            folder["b.gguf"],
            "--json"
        );
        using var report = JsonDocument.Parse(result.Out);
        report.RootElement.GetProperty("type").GetString().ShouldBe("q4_k_m");
        report.RootElement.GetProperty("bytes").GetInt64().ShouldBe(new FileInfo(folder["b.gguf"]).Length);
        report
            .RootElement.GetProperty("types")
            .EnumerateArray()
            .Select(type => type.GetProperty("type").GetString())
            .ShouldBe(["Q4_K", "Q6_K", "F32"]);

        using var direct = GgufFile.Open(folder["direct.gguf"]);
        using var indirect = GgufFile.Open(folder["b.gguf"]);
        indirect["tokenizer.ggml.pre"].AsString().ShouldBe("dbrx");
        foreach (var name in direct.Tensors.Keys)
        {
            indirect.Get(name).AsBytes().SequenceEqual(direct.Get(name).AsBytes()).ShouldBeTrue(name);
        }
    }

    [Fact]
    public void Weights_can_be_quantized_while_they_are_loaded()
    {
        using var folder = TestData.TempFolder();
        Run("quantize", "--type", "q5_0", "--model", Base, "--output", folder["a.gguf"]);
        string[] asked = ["--prompt", "The president said", "--max-new-tokens", "16"];
        var fromFile = Run(["generate", "--model", folder["a.gguf"], .. asked]);
        Run(["generate", "--model", Base, "--quantization", "q5_0", .. asked]).Out.ShouldBe(fromFile.Out);
    }

    [Fact]
    public void A_quantized_model_is_evaluated()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["text.txt"], "Stocks fell on Wall Street after oil prices rose again.");
        Run("quantize", "--type", "q8_0", "--model", Base, "--output", folder["a.gguf"]);
        using var plain = JsonDocument.Parse(
            Run("eval", "--model", Base, "--data-path", folder["text.txt"], "--json").Out
        );
        using var quantized = JsonDocument.Parse(
            Run("eval", "--model", folder["a.gguf"], "--data-path", folder["text.txt"], "--json").Out
        );
        quantized
            .RootElement.GetProperty("loss")
            .GetDouble()
            .ShouldBe(plain.RootElement.GetProperty("loss").GetDouble(), 0.02);
    }

    [Fact]
    public void Bad_usage_is_explained()
    {
        using var folder = TestData.TempFolder();
        var result = LuthierProcess.Run(
            "convert",
            "--type",
            "q3_k",
            "--to",
            "onnx",
            "--model",
            folder["none"],
            "--output",
            folder["no/such.gguf"]
        );
        result.ExitCode.ShouldBe(2);
        result
            .Problems.Order(StringComparer.Ordinal)
            .ShouldBe([
                $"luthier convert: --model is '{folder["none"]}'; expected a model's folder or a GGUF file",
                $"luthier convert: --output is '{folder["no/such.gguf"]}'; expected a file in a folder that exists",
                "luthier convert: --to is 'onnx'; expected one of gguf",
                "luthier convert: --type is 'q3_k'; expected one of f32, bf16, f16, q8_0, q6_k, q5_k_m, q5_k_s, q5_1, q5_0, "
                    + "q4_k_m, q4_k_s, q4_1, q4_0",
            ]);
    }

    [Fact]
    public void A_quantized_file_is_not_quantized_again()
    {
        using var folder = TestData.TempFolder();
        Run("quantize", "--type", "q8_0", "--model", Base, "--output", folder["a.gguf"]);
        var result = LuthierProcess.Run(
            "quantize",
            "--type",
            "q4_0",
            "--model",
            folder["a.gguf"],
            "--output",
            folder["b.gguf"]
        );
        result.ExitCode.ShouldBe(1);
        result.Problems.ShouldHaveSingleItem().ShouldContain("is quantized already; expected F32, F16 or BF16");
        File.Exists(folder["b.gguf"]).ShouldBeFalse();
    }

    [Fact]
    public void A_damaged_file_is_one_sentence()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["a.gguf"], "GGUF\u0003\0\0\0no more");
        foreach (var verb in (string[])["inspect", "generate --prompt x --model", "tokenize x --model"])
        {
            var result = LuthierProcess.Run([.. verb.Split(' '), folder["a.gguf"]]);
            result.ExitCode.ShouldBe(1);
            result.Problems.ShouldHaveSingleItem().ShouldContain("the file ends within 'number of tensors'");
        }
    }

    private static RunResult Run(params string[] arguments)
    {
        var result = LuthierProcess.Run(arguments);
        result.ExitCode.ShouldBe(0, result.Error);
        return result;
    }
}
