using System.Text.Json;

namespace Luthier.Cli.Tests.Tokenize;

public sealed class TokenizeVerbTests
{
    private const string Text = " Hello,\r\n  wörld! 你好 😀\t\n\n";

    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama2")]
    [InlineData("llama2.tokenizer.model")]
    [InlineData("llama3")]
    public void Decoding_gives_back_the_text_byte_for_byte(string name)
    {
        var tokenizer = TestData.Shared($"data/tokenizers/{name}");
        var ids = LuthierProcess.Run(["tokenize", "--tokenizer", tokenizer], Text);
        ids.ExitCode.ShouldBe(0, ids.Error);
        ids.Out.ShouldMatch(@"^\d+( \d+)*\n$");
        LuthierProcess.Run(["tokenize", "--tokenizer", tokenizer, "--decode"], ids.Out).Out.ShouldBe(Text);
    }

    [Fact]
    public void Text_comes_from_arguments_a_file_or_standard_input_alike()
    {
        var tokenizer = TestData.Shared("data/tokenizers/llama2");
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["in.txt"], "Hello world");
        var expected = "1 15043 3186\n";
        LuthierProcess.Run("tokenize", "--tokenizer", tokenizer, "Hello", "world").Out.ShouldBe(expected);
        LuthierProcess.Run("tokenize", "--tokenizer", tokenizer, "--file", folder["in.txt"]).Out.ShouldBe(expected);
        LuthierProcess.Run(["tokenize", "--tokenizer", tokenizer], "Hello world").Out.ShouldBe(expected);
    }

    [Fact]
    public void Special_tokens_can_be_left_out_both_ways()
    {
        var tokenizer = TestData.Shared("data/tokenizers/llama2");
        LuthierProcess.Run("tokenize", "--tokenizer", tokenizer, "--no-special", "Hello").Out.ShouldBe("15043\n");
        string[] decode = ["tokenize", "--tokenizer", tokenizer, "--decode"];
        LuthierProcess.Run([.. decode, "15043,", "2"]).Out.ShouldBe("Hello</s>");
        LuthierProcess.Run([.. decode, "--no-special", "1", "15043", "2"]).Out.ShouldBe("Hello");
    }

    [Fact]
    public void Json_is_one_object()
    {
        var tokenizer = TestData.Shared("data/tokenizers/llama2");
        using var ids = JsonDocument.Parse(
            LuthierProcess.Run("tokenize", "--tokenizer", tokenizer, "--json", "Hi").Out
        );
        ids.RootElement.GetProperty("ids").EnumerateArray().Select(e => e.GetInt32()).ShouldBe([1, 6324]);
        ids.RootElement.GetProperty("tokens")[1].GetString().ShouldBe("▁Hi");
        using var text = JsonDocument.Parse(
            LuthierProcess.Run("tokenize", "--tokenizer", tokenizer, "--json", "--decode", "6324").Out
        );
        text.RootElement.GetProperty("text").GetString().ShouldBe("Hi");
    }

    [Theory]
    [InlineData("--decode 1 x", "the command line: 'x' at place 2 is no token id; expected whole numbers below 32000")]
    [InlineData(
        "--decode 32000",
        "the command line: '32000' at place 1 is no token id; expected whole numbers below 32000"
    )]
    [InlineData("--decode -5", "the command line: '-5' at place 1 is no token id; expected whole numbers below 32000")]
    public void What_is_no_id_is_named(string typed, string expected)
    {
        var tokenizer = TestData.Shared("data/tokenizers/llama2");
        var result = LuthierProcess.Run(["tokenize", "--tokenizer", tokenizer, .. typed.Split(' ')]);
        result.ExitCode.ShouldBe(2);
        result.Problems.ShouldBe(["luthier tokenize: " + expected]);
    }

    [Fact]
    public void All_mistakes_are_reported_at_once()
    {
        var result = LuthierProcess.Run("tokenize", "--file", "/no/such", "--jsn", "text");
        result.ExitCode.ShouldBe(2);
        result.Problems.ShouldBe([
            "luthier tokenize: --jsn is not an option; did you mean --json?",
            "luthier tokenize: --file is '/no/such'; expected a file that exists",
            "luthier tokenize: --tokenizer is required: tokenizer.json, tokenizer.model, a folder with one of them, or a GGUF file",
            "luthier tokenize: --file and text on the command line exclude each other",
        ]);
    }

    [Fact]
    public void A_bad_file_is_one_sentence_and_a_stack_trace_only_on_request()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["tokenizer.json"], "{\"model\":");
        var result = LuthierProcess.Run("tokenize", "--tokenizer", folder, "x");
        result.ExitCode.ShouldBe(1);
        result.Problems.Length.ShouldBe(1);
        result.Problems[0].ShouldStartWith($"luthier tokenize: {folder["tokenizer.json"]}: ");
        var verbose = LuthierProcess.Run("tokenize", "--tokenizer", folder, "--verbose", "x");
        verbose.ExitCode.ShouldBe(1);
        verbose.Error.ShouldContain("   at Luthier.");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        var tokenizer = TestData.Shared("data/tokenizers/llama2");
        using var folder = TestData.TempFolder();
        File.WriteAllBytes(folder["in.txt"], [0x41, 0x42, 0xff, 0x43]);
        var result = LuthierProcess.Run("tokenize", "--tokenizer", tokenizer, "--file", folder["in.txt"]);
        result.ExitCode.ShouldBe(1);
        result.Problems.ShouldBe([$"luthier tokenize: {folder["in.txt"]}: byte 2 begins no UTF-8 character"]);
    }
}
