using System.Text.Json;

namespace Luthier.Cli.Tests.Evaluate;

public sealed class EvaluateVerbTests
{
    private static string Stories => TestData.Shared("data/stories260k");

    [Fact]
    public void A_story_is_less_surprising_than_the_same_words_backwards()
    {
        using var folder = TestData.TempFolder();
        const string story = "Once upon a time, there was a little girl named Lily. She loved to play outside.";
        File.WriteAllText(folder["story.txt"], story);
        File.WriteAllText(folder["backwards.txt"], string.Join(' ', story.Split(' ').Reverse()));
        var forwards = Measure(folder["story.txt"]);
        forwards.Loss.ShouldBeLessThan(2);
        forwards.Perplexity.ShouldBe(Math.Exp(forwards.Loss), 1e-9);
        Measure(folder["backwards.txt"]).Loss.ShouldBeGreaterThan(forwards.Loss + 1);
    }

    [Fact]
    public void People_read_four_figures_and_a_line_for_each_class()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["rows.csv"], "text,class\nOnce upon a,1\nShe was very,2\nThe big red,2\n");
        var result = LuthierProcess.Run([
            .. (string[])["eval", "--base_model", Stories, "--data_path", folder["rows.csv"]],
            .. (string[])["--columns", "instruction=text,output=class", "--labels", "time", "happy"],
        ]);
        result.ExitCode.ShouldBe(0, result.Error);
        result.Out.ShouldMatch(
            @"^rows: 3, tokens: \d+\nloss: \d+\.\d{4}\nperplexity: \d+\.\d{4}\naccuracy: \d\.\d{4} \(\d of 3\)\n"
                + @"  time   \d of 1\n  happy  \d of 2\n$"
        );
    }

    [Theory]
    [InlineData("--labels one", "--labels: one: expected at least two different names")]
    [InlineData("--data-format xml", "--data-format is 'xml'; expected one of ")]
    public void Bad_usage_is_explained(string typed, string expected)
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["rows.csv"], "instruction,output\na,one\n");
        string[] model = ["eval", "--model", Stories, "--data-path", folder["rows.csv"]];
        var result = LuthierProcess.Run([.. model, .. typed.Split(' ')]);
        result.ExitCode.ShouldBe(2);
        result.Problems.ShouldHaveSingleItem().ShouldStartWith("luthier eval: " + expected);
    }

    private static (double Loss, double Perplexity) Measure(string path)
    {
        var result = LuthierProcess.Run("eval", "--model", Stories, "--data-path", path, "--json");
        result.ExitCode.ShouldBe(0, result.Error);
        using var report = JsonDocument.Parse(result.Out);
        return (
            report.RootElement.GetProperty("loss").GetDouble(),
            report.RootElement.GetProperty("perplexity").GetDouble()
        );
    }
}
