using System.Text.Json;
using Luthier.Cli.Tests.Serve;

namespace Luthier.Cli.Tests.Bench;

public sealed class BenchServeVerbTests
{
    [Fact]
    public async Task A_load_is_measured_and_written()
    {
        using var folder = TestData.TempFolder();
        await using var server = await ServerProcess.StartAsync();
        var result = Bench(
            server,
            "--num-prompts 12 --random-input-len 20 --random-output-len 6 --ignore-eos --max-concurrency 3 "
                + "--goodput ttft:60000 tpot:60000 --metric-percentiles 50,99 --save-result --result-filename r.json",
            "--result-dir",
            folder
        );
        result.ExitCode.ShouldBe(0, result.Error);
        result.Out.ShouldContain("Serving Benchmark Result");
        result.Out.ShouldMatch(@"Successful requests: +12\n");
        result.Out.ShouldMatch(@"Total generated tokens: +72\n");
        result.Out.ShouldMatch(@"P99 TPOT \(ms\): +\d+\.\d\d\n");

        var root = JsonDocument.Parse(File.ReadAllText(folder["r.json"])).RootElement;
        root.GetProperty("completed").GetInt32().ShouldBe(12);
        root.GetProperty("failed").GetInt32().ShouldBe(0);
        root.GetProperty("total_output_tokens").GetInt32().ShouldBe(72);
        // The server puts a begin token before each prompt.
        root.GetProperty("input_lens").EnumerateArray().ShouldAllBe(length => length.GetInt32() == 21);
        root.GetProperty("ttfts").GetArrayLength().ShouldBe(12);
        root.GetProperty("itls").EnumerateArray().ShouldAllBe(times => times.GetArrayLength() == 5);
        root.GetProperty("errors").EnumerateArray().ShouldAllBe(error => error.GetString() == "");
        root.GetProperty("request_rate").GetString().ShouldBe("inf");
        root.GetProperty("max_concurrent_requests").GetInt32().ShouldBe(3);
        var throughput = root.GetProperty("request_throughput").GetDouble();
        root.GetProperty("request_goodput").GetDouble().ShouldBe(throughput, 1e-9);
        foreach (var metric in (string[])["ttft", "tpot", "itl", "e2el"])
        {
            root.GetProperty($"mean_{metric}_ms").GetDouble().ShouldBeGreaterThan(0);
            root.GetProperty($"p50_{metric}_ms")
                .GetDouble()
                .ShouldBe(root.GetProperty($"median_{metric}_ms").GetDouble());
            root.TryGetProperty($"std_{metric}_ms", out _).ShouldBeTrue();
        }

        foreach (
            var name in (string[])
                [
                    "date",
                    "endpoint_type",
                    "backend",
                    "model_id",
                    "tokenizer_id",
                    "num_prompts",
                    "burstiness",
                    "max_concurrency",
                    "duration",
                    "total_input_tokens",
                    "output_throughput",
                    "total_token_throughput",
                    "output_lens",
                ]
        )
        {
            root.TryGetProperty(name, out _).ShouldBeTrue(name);
        }
    }

    [Fact]
    public async Task Failed_requests_are_counted_and_no_answer_at_all_is_a_failure()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(
            folder["prompts.jsonl"],
            "{\"prompt\":\"short\"}\n{\"prompt\":\"" + new string('x', 5000) + "\"}\n"
        );
        await using var server = await ServerProcess.StartAsync();
        var data =
            $"--num-prompts 4 --output-len 3 --dataset-name custom --dataset-path {folder["prompts.jsonl"]} --json";
        var some = Bench(server, data);
        some.ExitCode.ShouldBe(0, some.Error);
        var root = JsonDocument.Parse(some.Out).RootElement;
        (root.GetProperty("completed").GetInt32(), root.GetProperty("failed").GetInt32()).ShouldBe((2, 2));
        root.GetProperty("errors")
            .EnumerateArray()
            .Count(e => e.GetString()!.Contains("maximum context length", StringComparison.Ordinal))
            .ShouldBe(2);

        // This model has no template for chats.
        var none = Bench(server, "--num-prompts 2 --input-len 4 --output-len 3 --backend openai-chat");
        none.ExitCode.ShouldBe(1);
        none.Problems.Single().ShouldContain("this model has no chat template");
    }

    private static RunResult Bench(ServerProcess server, string options, params string[] more) =>
        LuthierProcess.Run(["bench", "serve", "--url", server.Url.ToString(), .. options.Split(' '), .. more]);
}
