using System.Text.RegularExpressions;
using Luthier.Cli.CommandLine;

namespace Luthier.Cli.Tests.CommandLine;

public sealed partial class HelpTests
{
    public static TheoryData<string> Names { get; } = new(Verbs.All().Select(v => v.Words));

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_verb_shows_every_option_and_an_example_in_80_columns(string name)
    {
        var verb = Verbs.All().Single(v => string.Equals(v.Words, name, StringComparison.Ordinal));
        var result = LuthierProcess.Run([.. name.Split(' '), "--help"]);
        result.ExitCode.ShouldBe(0);
        result.Error.ShouldBeEmpty();
        result.Out.Split('\n').ShouldAllBe(line => line.Length <= 80);
        foreach (var option in verb.Options)
        {
            result.Out.ShouldContain($"  {option.Name}");
        }

        var examples = result.Out[result.Out.IndexOf("\nExample", StringComparison.Ordinal)..];
        examples.ShouldContain($"  luthier {name}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_options_of_each_example_exist(string name)
    {
        var verb = Verbs.All().Single(v => string.Equals(v.Words, name, StringComparison.Ordinal));
        verb.Examples.ShouldNotBeEmpty();
        foreach (var example in verb.Examples)
        {
            System.CommandLine.RootCommand root = [.. Verbs.Roots()];
            var words = Word().Matches(example.CommandLine.Split(" | ")[0]).Select(m => m.Value).ToArray();
            words[0].ShouldBe("luthier");
            ArgumentReader.Read(root, words[1..]).Problems.ShouldBeEmpty(example.CommandLine);
        }
    }

    [Fact]
    public void The_root_lists_each_verb_with_its_summary()
    {
        var result = LuthierProcess.Run("--help");
        foreach (var verb in Verbs.Roots())
        {
            result.Out.ShouldContain($"\n  {verb.Name} ");
        }
    }

    [Fact]
    public void Help_wins_over_mistakes()
    {
        LuthierProcess.Run("tokenize", "--bogus", "--help").ExitCode.ShouldBe(0);
        LuthierProcess.Run("bench", "--help").Out.ShouldContain("\n  bench serve ");
        LuthierProcess.Run("help", "bench", "serve").Out.ShouldContain("Usage: luthier bench serve ");
        LuthierProcess.Run("help", "tokenize").Out.ShouldContain("Usage: luthier tokenize --tokenizer DIR_OR_FILE");
    }

    [GeneratedRegex("""(?:"[^"]*"|\S)+""", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Word();
}
