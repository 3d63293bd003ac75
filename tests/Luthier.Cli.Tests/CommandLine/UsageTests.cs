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
    [InlineData("--bogus", "luthier: --bogus is not an option")]
    [InlineData("--threads 0", "luthier: --threads is '0'; expected a whole number from 1 to 1024")]
    [InlineData("--threads", "luthier: --threads needs a value: N")]
    [InlineData("--verbose", "luthier: a verb is missing; see luthier --help")]
    public void Bad_usage_is_one_sentence_and_exit_code_2(string typed, string expected)
    {
        var result = LuthierProcess.Run(typed.Split(' '));
        result.ExitCode.ShouldBe(2);
        result.Out.ShouldBeEmpty();
        result.Problems.ShouldBe([expected]);
    }
}
