using System.Runtime.InteropServices;
using System.Text.Json;
using Luthier.Formats.Safetensors;
using Luthier.Tensors;

namespace Luthier.Cli.Tests.Generate;

public sealed class GenerateVerbTests
{
    private static string Stories => TestData.Shared("data/stories260k");

    private static string Tiny => TestData.Shared("fixtures/llama-tiny");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_real_model_continues_as_transformers_does(int index)
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(Stories, "greedy.json")));
        var expected = cases.RootElement[index];
        var prompt = expected.GetProperty("prompt").GetString()!;
        var ids = Integers(expected.GetProperty("greedy_ids"));
        string[] arguments =
        [
            .. (string[])["generate", "--model", Stories, "--prompt", prompt, "--temperature", "0"],
            "--max-new-tokens",
            $"{ids.Length}",
        ];

        using var json = JsonDocument.Parse(LuthierProcess.Run([.. arguments, "--json"]).Out);
        Integers(json.RootElement.GetProperty("prompt_ids")).ShouldBe(Integers(expected.GetProperty("prompt_ids")));
        Integers(json.RootElement.GetProperty("output_ids")).ShouldBe(ids);
        var text = json.RootElement.GetProperty("text").GetString();
        (prompt + text).ShouldBe(expected.GetProperty("text").GetString());
        json.RootElement.GetProperty("timings").GetProperty("decode_seconds").GetDouble().ShouldBeGreaterThan(0);

        LuthierProcess.Run(arguments).Out.ShouldBe(prompt + text + "\n");
    }

    [Fact]
    public void Ids_need_no_tokenizer()
    {
        using var reference = SafetensorsFile.Open(Path.Combine(Tiny, "reference.safetensors"));
        var prompt = Ids(reference, "greedy.prompt_ids");
        var sequence = Ids(reference, "greedy.sequence");
        var result = LuthierProcess.Run(
            "generate",
            "--model",
            Tiny,
            "--prompt_ids",
            string.Join(',', prompt),
            "--max_new_tokens",
            $"{sequence.Length - prompt.Length}",
            "--ignore-eos",
            "--temperature",
            "0"
        );
        result.Out.ShouldBe(string.Join(' ', sequence) + "\n", result.Error);
    }

    [Fact]
    public void Logits_of_the_prompt_are_those_of_the_reference()
    {
        using var folder = TestData.TempFolder();
        using var reference = SafetensorsFile.Open(Path.Combine(Tiny, "reference.safetensors"));
        var prompt = Ids(reference, "single.input_ids");
        var result = LuthierProcess.Run(
            "generate",
            "--model",
            Tiny,
            "--prompt-ids",
            string.Join(',', prompt),
            "--max-new-tokens",
            "0",
            "--logits-out",
            folder["logits.safetensors"]
        );
        result.ExitCode.ShouldBe(0, result.Error);
        using var written = SafetensorsFile.Open(folder["logits.safetensors"]);
        var logits = written.Get("logits");
        logits.DType.ShouldBe(DType.Float32);
        logits.Shape.ToArray().ShouldBe([prompt.Length, 512]);
        var expected = reference.Get("single.logits").AsFloats();
        var actual = logits.AsFloats();
        for (var i = 0; i < actual.Length; i++)
        {
            actual[i].ShouldBe(expected[i], 2e-5);
        }
    }

    [Fact]
    public void An_adapter_changes_what_comes_and_equal_seeds_draw_equal_tokens()
    {
        string[] arguments = ["generate", "--model", Tiny, "--prompt-ids", "5,6,7", "--max-new-tokens", "12"];
        string[] drawn = [.. arguments, "--temperature", "1.5", "--top-k", "100", "--seed", "7"];
        LuthierProcess.Run(drawn).Out.ShouldBe(LuthierProcess.Run(drawn).Out);
        var adapter = TestData.Shared("fixtures/lora-train/adapter_final_recipe");
        string[] adapted = [.. arguments, "--adapter", adapter];
        var plain = LuthierProcess.Run(arguments).Out;
        string.Equals(LuthierProcess.Run(adapted).Out, plain, StringComparison.Ordinal).ShouldBeFalse();
    }

    [Fact]
    public void A_stop_text_ends_the_text()
    {
        string[] arguments = ["generate", "--model", Stories, "--prompt", "Once upon a time", "--stop", "xyz", "was"];
        using var json = JsonDocument.Parse(LuthierProcess.Run([.. arguments, "--json"]).Out);
        json.RootElement.GetProperty("stop_reason").GetString().ShouldBe("stop_string");
        var text = json.RootElement.GetProperty("text").GetString()!;
        text.ShouldNotContain("was");
        LuthierProcess.Run(arguments).Out.ShouldBe($"Once upon a time{text}\n");
        LuthierProcess.Run([.. arguments, "--include-stop-str-in-output"]).Out.ShouldBe($"Once upon a time{text}was\n");
    }

    [Fact]
    public void The_text_is_what_is_asked_for()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(
            folder["schema.json"],
            """{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}"""
        );
        File.WriteAllText(folder["grammar.gbnf"], "root ::= (\"ha\" | \"ho\"){3}");
        TextOf("--json-schema", folder["schema.json"]).ShouldMatch("^\\{\\s*\"n\":\\s*-?\\d+\\s*\\}$");
        TextOf("--grammar", folder["grammar.gbnf"]).ShouldMatch("^(ha|ho){3}$");
        TextOf("--regex", "[a-f]{5}").ShouldMatch("^[a-f]{5}$");
        TextOf("--choice", "yes", "no, never").ShouldMatch("^(yes|no, never)$");
        JsonDocument.Parse(TextOf("--json-object")).RootElement.ValueKind.ShouldBe(JsonValueKind.Object);
    }

    [Fact]
    public void Log_probabilities_are_told()
    {
        using var json = JsonDocument.Parse(
            LuthierProcess
                .Run([
                    "generate",
                    "--model",
                    Tiny,
                    "--prompt-ids",
                    "5,6,7",
                    "--max-new-tokens",
                    "3",
                    "--logprobs",
                    "2",
                    "--json",
                ])
                .Out
        );
        var first = json.RootElement.GetProperty("logprobs")[0];
        var output = json.RootElement.GetProperty("output_ids")[0].GetInt32();
        first.GetProperty("id").GetInt32().ShouldBe(output);
        first.GetProperty("rank").GetInt32().ShouldBe(1);
        first
            .GetProperty("top")
            .GetProperty($"{output}")
            .GetDouble()
            .ShouldBe(first.GetProperty("logprob").GetDouble());
        first.GetProperty("top").EnumerateObject().Count().ShouldBe(2);
    }

    [Fact]
    public void A_schema_that_is_not_valid_is_named_with_its_file()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["schema.json"], """{"multipleOf": 2}""");
        var result = LuthierProcess.Run([
            "generate",
            "--model",
            Stories,
            "--prompt",
            "a",
            "--json-schema",
            folder["schema.json"],
        ]);
        result.ExitCode.ShouldBe(1);
        result.Problems.ShouldBe([
            $"luthier generate: {folder["schema.json"]}: the JSON schema at #: the keyword 'multipleOf' is not supported",
        ]);
    }

    [Theory]
    [InlineData("", "a prompt is missing: expected --prompt TEXT or --prompt-ids IDS")]
    [InlineData("--prompt a --prompt-ids 1", "--prompt and --prompt-ids exclude each other")]
    [InlineData(
        "--prompt-ids 1,512",
        "--prompt-ids: '512' at place 2 is no token id; expected whole numbers below 512"
    )]
    [InlineData("--prompt-ids ,", "the prompt is empty; expected at least one token")]
    [InlineData("--prompt a --input b", "--input needs --prompt-template-name")]
    [InlineData("--prompt-ids 1 --prompt-template-name alpaca", "--prompt-template-name needs --prompt")]
    [InlineData("--prompt-ids 1 --top-p 0", "--top-p is '0'; expected a number above 0 and at most 1")]
    [InlineData("--prompt-ids 1 --regex a --json-object", "--json-object and --regex exclude each other")]
    [InlineData("--prompt-ids 1 --regex a", "--regex needs the model's tokenizer, which is not there")]
    [InlineData("--prompt-ids 1 --logit-bias 5", "--logit-bias is '5'; expected ID=BIAS such as 13=-5")]
    [InlineData("--prompt-ids 1 --logit-bias 512=1", "logit biases have token 512, expected 0 to 511")]
    [InlineData("--prompt-ids 1 --stop a", "--stop needs the model's tokenizer, which is not there")]
    [InlineData("--prompt-ids 1 --temperature -1", "--temperature is '-1'; expected a number of 0 or more")]
    public void Bad_usage_is_explained(string typed, string expected)
    {
        var words = typed.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var result = LuthierProcess.Run(["generate", "--model", Tiny, .. words]);
        result.ExitCode.ShouldBe(2);
        result.Problems.ShouldBe(["luthier generate: " + expected]);
    }

    [Fact]
    public void A_text_needs_a_tokenizer()
    {
        var result = LuthierProcess.Run("generate", "--model", Tiny, "--prompt", "Hello");
        result.ExitCode.ShouldBe(1);
        result.Problems.ShouldHaveSingleItem().ShouldContain("has no tokenizer");
    }

    private static string TextOf(params string[] options)
    {
        var result = LuthierProcess.Run(["generate", "--model", Stories, "--prompt", "Once", "--json", .. options]);
        using var json = JsonDocument.Parse(result.Out);
        return json.RootElement.GetProperty("text").GetString()!;
    }

    private static long[] Ids(SafetensorsFile file, string name) =>
        MemoryMarshal.Cast<byte, long>(file.Get(name).AsBytes()).ToArray();

    private static int[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetInt32())];
}
