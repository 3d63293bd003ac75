using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Luthier.Serving.Metrics;

namespace Luthier.Serving.Tests.Metrics;

/// <summary>What Prometheus reads.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Requests_are_counted_under_the_names_of_vllm()
    {
        await using var server = await TestServer.StartAsync();
        const string Body = """{"prompt":"The news","max_tokens":5,"ignore_eos":true}""";
        var prompt = (int)(await server.PostAsync("/v1/completions", Body)).Body["usage"]!["prompt_tokens"]!;
        await server.PostAsync("/v1/completions", Body);
        await server.PostAsync("/v1/embeddings", """{"input":"The news"}""");
        var text = await server.Http.GetStringAsync("/metrics");
        Value(text, "vllm:generation_tokens_total").ShouldBe(10);
        Value(text, "vllm:prompt_tokens_total").ShouldBe(3 * prompt);
        Value(text, "vllm:num_requests_running").ShouldBe(0);
        Value(text, "vllm:num_requests_waiting").ShouldBe(0);
        Value(text, "vllm:request_success_total", "finished_reason=\"length\"").ShouldBe(2);
        Value(text, "vllm:time_to_first_token_seconds_count").ShouldBe(2);
        Value(text, "vllm:inter_token_latency_seconds_count").ShouldBe(8);
        Value(text, "vllm:inter_token_latency_seconds_bucket", "le=\"+Inf\"").ShouldBe(8);
        Value(text, "vllm:request_generation_tokens_sum").ShouldBe(10);
        foreach (
            var name in (string[])
                [
                    "kv_cache_usage_perc",
                    "lora_requests_info",
                    "prefix_cache_queries_total",
                    "prefix_cache_hits_total",
                    "num_preemptions_total",
                    "request_time_per_output_token_seconds_count",
                    "e2e_request_latency_seconds_count",
                    "request_queue_time_seconds_count",
                    "request_prefill_time_seconds_count",
                    "request_decode_time_seconds_count",
                    "request_prompt_tokens_count",
                    "iteration_tokens_total_count",
                ]
        )
        {
            Value(text, "vllm:" + name).ShouldBeGreaterThanOrEqualTo(0, name);
        }
    }

    [Fact]
    public async Task Promtool_finds_nothing_wrong_but_the_names_that_vllm_chose()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync("/v1/completions", """{"prompt":"The news"}""");
        using var response = await server.Http.GetAsync("/metrics");
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        var problems = Promtool(await response.Content.ReadAsStringAsync());
        problems
            .Where(line => !line.EndsWith("metric names should not contain ':'", StringComparison.Ordinal))
            .ShouldBe(["vllm:iteration_tokens_total non-counter metrics should not have \"_total\" suffix"]);
    }

    [Fact]
    public void Names_of_models_are_escaped()
    {
        var text = new PrometheusText(("model_name", "a\\b\"c\nd"));
        text.Gauge("x", "Help.", double.PositiveInfinity, ("other", "é"));
        text.ToString()
            .ShouldBe("# HELP x Help.\n# TYPE x gauge\nx{model_name=\"a\\\\b\\\"c\\nd\",other=\"é\"} +Inf\n");
    }

    private static double Value(string text, string name, string label = "")
    {
        var line = text.Split('\n')
            .FirstOrDefault(l =>
                l.StartsWith(name + "{", StringComparison.Ordinal) && l.Contains(label, StringComparison.Ordinal)
            );
        line.ShouldNotBeNull(name);
        line.ShouldContain($"model_name=\"{TestServer.ModelName}\",engine=\"0\"");
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }

    private static string[] Promtool(string metrics)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("promtool", ["check", "metrics"])
                {
                    UseShellExecute = false,
                    RedirectStandardInput = true,
                    RedirectStandardError = true,
                }
            )!;
            process.StandardInput.Write(metrics);
            process.StandardInput.Close();
            var problems = process.StandardError.ReadToEnd();
            process.WaitForExit();
            // 3: the text is right, and something could be named better.
            process.ExitCode.ShouldBe(3, problems);
            return problems.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Win32Exception)
        {
            Assert.Skip("promtool is not there: it comes with Debian's package prometheus");
            return [];
        }
    }
}
