namespace Luthier.Cli.Tests.CommandLine;

/// <summary>The executable's behaviour where no verb gets to run.</summary>
public sealed class UsageTests
{
    [Fact]
    public void The_version_is_one_line()
    {
        var result = LuthierProcess.Run("--version");
        result.ExitCode.ShouldBe(0);
        result.Out.ShouldMatch(@"^luthier \d+\.\d+\.\d+\n$");
    }

    [Fact]
    public void Without_arguments_there_is_help()
    {
        var result = LuthierProcess.Run();
        result.ExitCode.ShouldBe(0);
        result.Out.ShouldContain("Usage: luthier VERB");
    }

    [Theory]
    [InlineData("tokenise", "luthier: 'tokenise' is not a verb; did you mean tokenize?")]
    [InlineData("--bogus", "luthier: --bogus is not an option")]
    [InlineData("--threads 0", "luthier: --threads is '0'; expected a whole number from 1 to 1024")]
    [InlineData("--threads", "luthier: --threads needs a value: N")]
    [InlineData("bench", "luthier bench: a verb is missing; see luthier bench --help")]
    [InlineData("--verbose", "luthier: a verb is missing; see luthier --help")]
    public void Bad_usage_is_one_sentence_and_exit_code_2(string typed, string expected)
    {
        var result = LuthierProcess.Run(typed.Split(' '));
        result.ExitCode.ShouldBe(2);
        result.Out.ShouldBeEmpty();
        result.Problems.ShouldBe([expected]);
    }

    [Theory]
    [InlineData("LUTHIER_THREADS", "many", "expected a whole number from 1 to 1024")]
    [InlineData("LUTHIER_ISA", "sse", "expected one of avx512bf16, avx512, avx2, vector, scalar")]
    public void A_bad_environment_is_bad_usage(string name, string value, string expected)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value };
        var result = LuthierProcess.Run(["tokenize", "--tokenizer", ".", "x"], "", environment);
        result.ExitCode.ShouldBe(2);
        result.Problems.ShouldBe([$"luthier tokenize: {name} is '{value}'; {expected}"]);
    }
}
