using System.Globalization;
using System.Text.Json;
using Luthier.Cli.CommandLine;

namespace Luthier.Cli.Bench;

/// <summary>A load's numbers as <c>vllm bench serve</c> prints them and as it writes them to its JSON file.</summary>
internal static class LoadReportText
{
    private const int Columns = 50;
    private const int LabelColumns = 40;

    public static void Write(TextWriter output, LoadReport report, IReadOnlyList<double> percentiles)
    {
        output.WriteLine(Title("Serving Benchmark Result", '='));
        Row("Successful requests:", report.Good.Count);
        Row("Failed requests:", report.Failed);
        if (report.Options.MaxConcurrency is { } most)
        {
            Row("Maximum request concurrency:", most);
        }

        if (double.IsFinite(report.Options.Rate))
        {
            Row("Request rate configured (RPS):", report.Options.Rate);
        }

        Row("Benchmark duration (s):", report.Result.Duration);
        Row("Total input tokens:", report.InputTokens);
        Row("Total generated tokens:", report.OutputTokens);
        Row("Request throughput (req/s):", report.PerSecond(report.Good.Count));
        if (report.GoodRequests is { } good)
        {
            Row("Request goodput (req/s):", good);
        }

        Row("Output token throughput (tok/s):", report.PerSecond(report.OutputTokens));
        Row("Peak output token throughput (tok/s):", report.Result.PeakTokens);
        Row("Peak concurrent requests:", report.Result.PeakRequests);
        Row("Total token throughput (tok/s):", report.PerSecond(report.InputTokens + report.OutputTokens));
        foreach (var metric in report.Metrics)
        {
            output.WriteLine(Title(metric.Title, '-'));
            Row($"Mean {metric.Label} (ms):", metric.Milliseconds.Mean);
            Row($"Median {metric.Label} (ms):", metric.Milliseconds.Median);
            foreach (var percent in percentiles)
            {
                Row($"P{Percent(percent)} {metric.Label} (ms):", metric.Milliseconds.Percentile(percent));
            }
        }

        output.WriteLine(new string('=', Columns));

        void Row(string label, IFormattable value)
        {
            var format = value is double ? "0.00" : null;
            output.WriteLine(
                $"{label.PadRight(LabelColumns)}{value.ToString(format, CultureInfo.InvariantCulture), -10}".TrimEnd()
            );
        }
    }

    public static void Write(
        Utf8JsonWriter writer,
        LoadReport report,
        IReadOnlyList<double> percentiles,
        string? tokenizer,
        DateTimeOffset date
    )
    {
        var backend = report.Options.IsChat ? "openai-chat" : "openai";
        writer.WriteString("date", date.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));
        writer.WriteString("endpoint_type", backend);
        writer.WriteString("backend", backend);
        writer.WriteString("model_id", report.Options.Model);
        writer.WriteString("tokenizer_id", tokenizer ?? report.Options.Model);
        writer.WriteNumber("num_prompts", report.Options.Requests);
        WriteRate(writer, report.Options.Rate);
        writer.WriteNumber("burstiness", report.Options.Burstiness);
        WriteNullable(writer, "max_concurrency", report.Options.MaxConcurrency);
        writer.WriteNumber("duration", report.Result.Duration);
        writer.WriteNumber("completed", report.Good.Count);
        writer.WriteNumber("failed", report.Failed);
        writer.WriteNumber("total_input_tokens", report.InputTokens);
        writer.WriteNumber("total_output_tokens", report.OutputTokens);
        writer.WriteNumber("request_throughput", report.PerSecond(report.Good.Count));
        WriteNullable(writer, "request_goodput", report.GoodRequests);
        writer.WriteNumber("output_throughput", report.PerSecond(report.OutputTokens));
        writer.WriteNumber("total_token_throughput", report.PerSecond(report.InputTokens + report.OutputTokens));
        writer.WriteNumber("max_output_tokens_per_s", report.Result.PeakTokens);
        writer.WriteNumber("max_concurrent_requests", report.Result.PeakRequests);
        foreach (var metric in report.Metrics)
        {
            writer.WriteNumber($"mean_{metric.Name}_ms", metric.Milliseconds.Mean);
            writer.WriteNumber($"median_{metric.Name}_ms", metric.Milliseconds.Median);
            writer.WriteNumber($"std_{metric.Name}_ms", metric.Milliseconds.Deviation);
            foreach (var percent in percentiles)
            {
                var value = metric.Milliseconds.Percentile(percent);
                writer.WriteNumber($"p{Percent(percent)}_{metric.Name}_ms", value);
            }
        }

        WriteRequests(writer, report.Result.Times);
    }

    private static void WriteRequests(Utf8JsonWriter writer, IReadOnlyList<RequestTimes> times)
    {
        JsonOutput.WriteArray(writer, "input_lens", times, (w, t) => w.WriteNumberValue(t.InputTokens));
        JsonOutput.WriteArray(writer, "output_lens", times, (w, t) => w.WriteNumberValue(t.OutputTokens));
        JsonOutput.WriteArray(writer, "ttfts", times, (w, t) => w.WriteNumberValue(t.FirstToken));
        JsonOutput.WriteArray(
            writer,
            "itls",
            times,
            (w, t) =>
            {
                w.WriteStartArray();
                t.InterToken.ForEach(w.WriteNumberValue);
                w.WriteEndArray();
            }
        );
        JsonOutput.WriteArray(writer, "errors", times, (w, t) => w.WriteStringValue(t.Error ?? ""));
    }

    // JSON has no infinity.
    private static void WriteRate(Utf8JsonWriter writer, double rate)
    {
        if (double.IsFinite(rate))
        {
            writer.WriteNumber("request_rate", rate);
        }
        else
        {
            writer.WriteString("request_rate", "inf");
        }
    }

    private static void WriteNullable(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static string Percent(double percent) => percent.ToString(CultureInfo.InvariantCulture);

    private static string Title(string title, char line)
    {
        var text = line == '=' ? $" {title} " : title;
        return text.PadLeft((Columns + text.Length) / 2, line).PadRight(Columns, line);
    }
}
