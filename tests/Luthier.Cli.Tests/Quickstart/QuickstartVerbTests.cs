using System.Globalization;
using System.Text.RegularExpressions;

namespace Luthier.Cli.Tests.Quickstart;

public sealed partial class QuickstartVerbTests
{
    private const string Instruction = "Classify the news item as World, Sports, Business or Sci/Tech.";

    [Fact]
    public void A_small_model_learns_to_sort_news_is_merged_and_answers()
    {
        using var folder = TestData.TempFolder();
        var result = LuthierProcess.Run("quickstart", "--output-dir", folder["out"]);
        result.ExitCode.ShouldBe(0, result.Error);

        var accuracies = Accuracy().Matches(result.Out).Select(match => Percent(match)).ToArray();
        accuracies.Length.ShouldBe(2);
        accuracies[0].ShouldBeInRange(20, 32);
        accuracies[1].ShouldBeGreaterThanOrEqualTo(80);
        result.Out.ShouldContain("POST http://127.0.0.1:");
        result.Out.ShouldContain("→ Business\n");
        result.Out.ShouldContain($"generate --model {folder["out/merged"]} ");

        string[] ask = ["generate", "--prompt-template-name", "alpaca_short", "--prompt", Instruction, "--input"];
        const string News = "The striker scored twice and the home side won the cup after extra time.";
        LuthierProcess.Run([.. ask, News, "--model", folder["out/merged"]]).Out.ShouldBe("Sports\n");
    }

    [Fact]
    public void The_held_out_items_are_not_among_those_trained_on()
    {
        var train = Rows("train.jsonl");
        var heldOut = Rows("heldout.jsonl");
        (train.Length, heldOut.Length).ShouldBe((1600, 400));
        heldOut.Intersect(train, StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Fact]
    public void The_base_model_is_small() =>
        Directory
            .EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "quickstart/base"))
            .Sum(file => new FileInfo(file).Length)
            .ShouldBeLessThanOrEqualTo(8_000_000);

    private static string[] Rows(string file) =>
        File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "quickstart/data", file));

    private static double Percent(Match match) =>
        double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^held-out accuracy: (?<value>[\d.]+)%", RegexOptions.Multiline, 10_000)]
    private static partial Regex Accuracy();
}
