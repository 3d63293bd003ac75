using Luthier.Cli.Bench;
using Luthier.Text;

namespace Luthier.Cli.Tests.Bench;

/// <summary>What a load is made of and how its numbers are computed.</summary>
public sealed class LoadPartsTests
{
    [Fact]
    public void Percentiles_lie_between_neighbours()
    {
        var statistics = new Statistics([4, 1, 3, 2]);
        statistics.Mean.ShouldBe(2.5);
        statistics.Median.ShouldBe(2.5);
        statistics.Deviation.ShouldBe(Math.Sqrt(1.25), 1e-12);
        statistics.Percentile(0).ShouldBe(1);
        statistics.Percentile(100).ShouldBe(4);
        statistics.Percentile(90).ShouldBe(3.7, 1e-12);
        new Statistics([]).Percentile(99).ShouldBe(0);
        new Statistics([7]).Percentile(99).ShouldBe(7);
    }

    [Theory]
    [InlineData(0.3, 3.33)]
    [InlineData(1, 1)]
    [InlineData(4, 0.25)]
    public void Pauses_have_the_mean_of_the_rate_and_the_spread_of_the_burstiness(double burstiness, double variance)
    {
        const double Rate = 10;
        var pauses = Arrivals.Pauses(Rate, burstiness, seed: 1).Skip(1).Take(20_000).ToArray();
        var mean = pauses.Average(pause => pause.TotalSeconds);
        mean.ShouldBe(1 / Rate, 0.005);
        var spread = pauses.Average(pause => Math.Pow(pause.TotalSeconds - mean, 2)) * Rate * Rate;
        spread.ShouldBe(variance, variance * 0.1);
        Arrivals.Pauses(Rate, burstiness, seed: 1).Take(9).ShouldBe(Arrivals.Pauses(Rate, burstiness, 1).Take(9));
    }

    [Fact]
    public void At_an_infinite_rate_there_are_no_pauses() =>
        Arrivals.Pauses(double.PositiveInfinity, 1, 0).Take(5).ShouldAllBe(pause => pause == TimeSpan.Zero);

    [Fact]
    public void Goodput_counts_requests_within_all_limits()
    {
        var goodput = Goodput.Parse(["ttft:200", "tpot:50"])!;
        goodput.Holds(Times(0.2, 0.05)).ShouldBeTrue();
        goodput.Holds(Times(0.21, 0.05)).ShouldBeFalse();
        goodput.Holds(Times(0.2, 0.051)).ShouldBeFalse();
        Goodput.Parse(["e2el:100"])!.Holds(Times(0.05, 0.01)).ShouldBeFalse();
        foreach (var wrong in new[] { "ttft", "ttft:x", "itl:5", "ttft:-1", "ttft:nan" })
        {
            Goodput.Parse([wrong]).ShouldBeNull(wrong);
        }
    }

    [Fact]
    public async Task Random_prompts_have_the_lengths_asked_for_and_share_their_beginnings()
    {
        var tokenizer = Tokenizer.Load(Path.Combine(TestData.RepositoryRoot, "samples/quickstart/base"));
        var lengths = new RandomLengths(40, 20, RangeRatio: 0.5, PrefixLength: 10, Prefixes: 2);
        var requests = await TakeAsync(new RandomDataset(lengths, PromptText.Of(tokenizer), seed: 3), 200);
        requests.ShouldAllBe(request => request.PromptTokens >= 30 && request.PromptTokens <= 70);
        requests.ShouldAllBe(request => request.OutputTokens >= 10 && request.OutputTokens <= 30);
        requests.Average(request => request.PromptTokens).ShouldBe(50, 3);
        requests.Select(request => request.Prompt[..15]).Distinct(StringComparer.Ordinal).Count().ShouldBe(2);
        var again = await TakeAsync(new RandomDataset(lengths, PromptText.Of(tokenizer), seed: 3), 200);
        again.ShouldBe(requests);
        (await TakeAsync(new RandomDataset(lengths, PromptText.Of(tokenizer), seed: 4), 5)).ShouldNotBe(requests[..5]);
    }

    [Fact]
    public async Task Files_of_prompts_and_of_conversations_are_read_over_and_over()
    {
        var text = PromptText.Of(Tokenizer.Load(Path.Combine(TestData.RepositoryRoot, "samples/quickstart/base")));
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["prompts.jsonl"], "{\"prompt\":\"one\"}\n\n{\"prompt\":\"two\"}\n");
        var prompts = await TakeAsync(new FileDataset(folder["prompts.jsonl"], outputLength: null, text), 3);
        prompts.Select(request => request.Prompt).ShouldBe(["one", "two", "one"]);
        prompts.ShouldAllBe(request => request.OutputTokens == 256);

        File.WriteAllText(
            folder["share.json"],
            """
            [{"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello there, my friend"}]},
             {"conversations":[{"from":"human","value":"alone"}]}]
            """
        );
        var shared = await TakeAsync(new FileDataset(folder["share.json"], outputLength: null, text), 2);
        shared.ShouldAllBe(request => request.Prompt == "Hi" && request.OutputTokens > 2);
    }

    [Theory]
    [InlineData("[]", "has no prompts")]
    [InlineData("{\"prompt\":1}", "field prompt: expected a string, found 1")]
    [InlineData("{\"text\":\"x\"}", "field prompt is missing")]
    [InlineData("\n{", "is not valid JSON")]
    public async Task A_bad_file_is_named(string content, string message)
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["data"], content);
        var text = PromptText.Of(Tokenizer.Load(Path.Combine(TestData.RepositoryRoot, "samples/quickstart/base")));
        var thrown = await Should.ThrowAsync<Luthier.Formats.InvalidFileException>(() =>
            TakeAsync(new FileDataset(folder["data"], 1, text), 1)
        );
        thrown.Message.ShouldStartWith(folder["data"]);
        thrown.Message.ShouldContain(message);
    }

    private static RequestTimes Times(double first, double perToken) =>
        new()
        {
            FirstToken = first,
            OutputTokens = 11,
            EndToEnd = first + (10 * perToken),
        };

    private static async Task<List<BenchRequest>> TakeAsync(Dataset dataset, int count)
    {
        var taken = new List<BenchRequest>();
        await foreach (var request in dataset.RequestsAsync(CancellationToken.None))
        {
            taken.Add(request);
            if (taken.Count == count)
            {
                break;
            }
        }

        return taken;
    }
}
