using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Luthier.Cli.Api;
using Luthier.Cli.CommandLine;
using Luthier.Formats.Files;
using Luthier.Text;

namespace Luthier.Cli.Bench;

/// <summary>Puts a load on a server with OpenAI's API and measures it.</summary>
internal sealed class BenchServeVerb : Verb
{
    private static readonly TimeSpan Timeout = TimeSpan.FromHours(6);

    private readonly ServerOption server = new("--model");
    private readonly Option<string> backend = OptionOf.Choice(
        "--backend",
        "Endpoint to ask: completions or chat completions",
        "openai",
        "openai",
        "openai-chat"
    );

    private readonly DatasetOptions dataset = new();
    private readonly Option<int> numPrompts = OptionOf.Integer("--num-prompts", "Requests to send", 1000, 1);
    private readonly Option<double> requestRate = new("--request-rate")
    {
        Description = "Requests a second; inf sends all at once",
        HelpName = "X|inf",
        DefaultValueFactory = _ => double.PositiveInfinity,
        CustomParser = result =>
            OptionOf.Read<double?>(result, "--request-rate", "a number above 0, or inf", ParseRate)
            ?? double.PositiveInfinity,
    };

    private readonly Option<double?> burstiness = OptionOf.OptionalNumber(
        "--burstiness",
        "How even the pauses are: 1 Poisson, below 1 in bursts, above 1 more even (default: 1)",
        0,
        above: true
    );

    private readonly Option<int?> maxConcurrency = OptionOf.OptionalInteger(
        "--max-concurrency",
        "Requests that run at the same time at most",
        1
    );

    private readonly Option<double> temperature = OptionOf.Number("--temperature", "Of the sampling", 0, 0);
    private readonly Option<bool> ignoreEos = OptionOf.Switch(
        "--ignore-eos",
        "Ask the server to go on after an end-of-text token, so that answers have their full length"
    );

    private readonly Option<int> warmups = OptionOf.Integer(
        "--num-warmups",
        "Requests to send and wait for before the measurement",
        1,
        0
    );

    private readonly Option<int> seed = OptionOf.Integer("--seed", "Equal seeds give equal loads", 0, 0);
    private readonly Option<string[]> goodput = new("--goodput")
    {
        Description = "Limits in milliseconds that a good request keeps: ttft:200 tpot:50 e2el:5000",
        HelpName = "NAME:MS",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> percentiles = OptionOf.List("--metric-percentiles", "Percentiles to show", "99");

    private readonly Option<bool> saveResult = OptionOf.Switch("--save-result", "Write the numbers to a JSON file");
    private readonly Option<string?> resultDir = OptionOf.OutputFolder("--result-dir", "Its folder (default: .)");
    private readonly Option<string?> resultFilename = OptionOf.Text(
        "--result-filename",
        "Its name (default: made of rate, model and time)",
        "FILE"
    );

    private readonly Option<bool> json = OptionOf.Switch("--json", "Print the JSON object instead of the table");

    public BenchServeVerb()
        : base("serve", "Put a load on a server with OpenAI's API and measure it, as vllm bench serve does.")
    {
        AddGroup("Server", [.. server.All, backend]);
        AddGroup("Requests", dataset.All);
        AddGroup("Load", numPrompts, requestRate, burstiness, maxConcurrency, temperature, ignoreEos, warmups, seed);
        AddGroup("Result", goodput, percentiles, saveResult, resultDir, resultFilename, json);
    }

    public override IReadOnlyList<Example> Examples =>
        [
            new(
                "Eight users at a time",
                "luthier bench serve --num-prompts 100 --input-len 256 --output-len 64 --ignore-eos --max-concurrency 8"
            ),
            new(
                "Four requests a second, and how many are answered in time",
                "luthier bench serve --request-rate 4 --num-prompts 200 --goodput ttft:500 tpot:50 --save-result"
            ),
            new(
                "Prompts of a file, in chats",
                "luthier bench serve --backend openai-chat --dataset-name file --dataset-path prompts.jsonl"
            ),
        ];

    public override IEnumerable<string> Check(Invocation invocation)
    {
        foreach (var problem in server.Problems(invocation).Concat(dataset.Problems(invocation)))
        {
            yield return problem;
        }

        if (Goodput.Parse(OptionOf.Values(invocation.Get(goodput))) is null)
        {
            yield return $"{goodput.Name} is '{string.Join(' ', invocation.Get(goodput)!)}'; expected {Goodput.Expected}";
        }

        foreach (var text in OptionOf.Values(invocation.Get(percentiles)))
        {
            if (ParseNumber(text) is not (>= 0 and <= 100))
            {
                yield return $"{percentiles.Name} has '{text}'; expected numbers from 0 to 100";
            }
        }
    }

    public override int Run(Invocation invocation, CancellationToken cancellation)
    {
        using var client = server.Connect(invocation, Timeout);
        var (report, tokenizer) = MeasureAsync(invocation, client, cancellation).GetAwaiter().GetResult();
        var shown = OptionOf.Values(invocation.Get(percentiles)).Select(text => ParseNumber(text)!.Value).ToArray();
        var now = TimeProvider.System.GetLocalNow();
        if (invocation.Get(json))
        {
            JsonOutput.Write(invocation.Out, WriteMembers);
        }
        else
        {
            LoadReportText.Write(invocation.Out, report, shown);
        }

        if (invocation.Get(saveResult))
        {
            var path = PathOf(invocation, report.Options, now);
            using var text = new StringWriter();
            JsonOutput.Write(text, WriteMembers);
            AtomicFile.Write(path, System.Text.Encoding.UTF8.GetBytes(text.ToString()));
            invocation.Terminal.Error.WriteLine($"wrote {path}");
        }

        if (report.Good.Count > 0)
        {
            return ExitCode.Success;
        }

        throw new ApiClientException($"no request was answered; the first: {report.Result.Times[0].Error}");

        void WriteMembers(Utf8JsonWriter writer) => LoadReportText.Write(writer, report, shown, tokenizer, now);
    }

    private async Task<(LoadReport Report, string? Tokenizer)> MeasureAsync(
        Invocation invocation,
        ApiClient client,
        CancellationToken cancellation
    )
    {
        var options = new LoadOptions
        {
            Model = invocation.Get(server.Model) ?? await client.FirstModelAsync(cancellation),
            IsChat = string.Equals(invocation.Get(backend), "openai-chat", StringComparison.Ordinal),
            Requests = invocation.Get(numPrompts),
            Rate = invocation.Get(requestRate),
            Burstiness = invocation.Get(burstiness) ?? 1,
            MaxConcurrency = invocation.Get(maxConcurrency),
            Seed = invocation.Get(seed),
            Temperature = invocation.Get(temperature),
            IgnoreEndOfSequence = invocation.Get(ignoreEos),
        };
        var tokenizer = invocation.Get(dataset.Tokenizer);
        var text = tokenizer is null
            ? await PromptText.OfServerAsync(client, options.Model, cancellation)
            : PromptText.Of(Tokenizer.Load(tokenizer));
        var requests = dataset.Create(invocation, text, options.Seed);
        await WarmUpAsync(client, options, requests, invocation.Get(warmups), cancellation);
        var result = ShareProgress.Show(
            invocation.Terminal,
            "measuring",
            progress =>
                new LoadRun(client, options)
                    .RunAsync(requests.RequestsAsync(cancellation), progress, cancellation)
                    .GetAwaiter()
                    .GetResult()
        );
        var limits = invocation.IsGiven(goodput) ? Goodput.Parse(OptionOf.Values(invocation.Get(goodput))) : null;
        return (new LoadReport(options, result, limits), tokenizer);
    }

    // A server that can't answer at all says so here, not a thousand times.
    private static async Task WarmUpAsync(
        ApiClient client,
        LoadOptions options,
        Dataset requests,
        int count,
        CancellationToken cancellation
    )
    {
        var run = new LoadRun(client, options);
        if (count > 0)
        {
            await foreach (var request in requests.RequestsAsync(cancellation))
            {
                await run.MeasureAsync(request, cancellation);
                if (--count == 0)
                {
                    return;
                }
            }
        }
    }

    private string PathOf(Invocation invocation, LoadOptions options, DateTimeOffset now)
    {
        var backendName = options.IsChat ? "openai-chat" : "openai";
        var rate = double.IsFinite(options.Rate) ? options.Rate.ToString(CultureInfo.InvariantCulture) : "inf";
        var model = string.Concat(options.Model.Split('/')[^1].Split(Path.GetInvalidFileNameChars()));
        var name =
            invocation.Get(resultFilename)
            ?? string.Create(
                CultureInfo.InvariantCulture,
                $"{backendName}-{rate}qps-{model}-{now:yyyyMMdd-HHmmss}.json"
            );
        var folder = invocation.Get(resultDir) ?? ".";
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, name);
    }

    private static double? ParseRate(string text) =>
        text.ToUpperInvariant() is "INF" or "INFINITY" ? double.PositiveInfinity
        : ParseNumber(text) is > 0 and var rate ? rate
        : null;

    private static double? ParseNumber(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : null;
}
