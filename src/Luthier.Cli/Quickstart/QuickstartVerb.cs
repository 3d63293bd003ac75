using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Luthier.Cli.CommandLine;
using Luthier.Cli.Serve;
using Luthier.Cli.Tune;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Serving.Models;
using Luthier.Tensors.Devices;
using Luthier.Text.Prompts;
using Luthier.Training.Evaluation;
using Luthier.Training.Options;
using Luthier.Training.Tuning;

namespace Luthier.Cli.Quickstart;

/// <summary>The main job from end to end on a model and data that come with the executable.</summary>
internal sealed class QuickstartVerb : Verb
{
    private const string ModelName = "quickstart";

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    private readonly Option<string?> outputDir = OptionOf.OutputFolder(
        "--output-dir",
        "Folder that receives the adapter and the merged model (default: luthier-quickstart)"
    );

    public QuickstartVerb()
        : base("quickstart", "See it work: tune a small model to sort news, merge, serve and ask it.") =>
        AddGroup("Options", outputDir);

    public override IReadOnlyList<Example> Examples =>
        [new("From a base model to an answer, in about a minute", "luthier quickstart")];

    public override int Run(Invocation invocation, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var sample = QuickstartSample.BesideExecutable();
        var output = invocation.Get(outputDir) ?? "luthier-quickstart";
        var adapter = Path.Combine(output, "adapter");
        var merged = Path.Combine(output, "merged");
        var options = OptionBinder.Bind(
            sample.Recipe,
            [
                new OptionValue("base-model", sample.BaseModel),
                new OptionValue("data-path", sample.TrainingData),
                new OptionValue("output-dir", adapter),
            ]
        );
        if (!TuneAndMerge(invocation, sample, options, adapter, merged, cancellation))
        {
            invocation.Terminal.Error.WriteLine("luthier quickstart: stopped");
            return ExitCode.Interrupted;
        }

        Begin(invocation, 5, "Serve the merged model and ask it over HTTP");
        var asked = AskAsync(invocation, sample, options.PromptTemplateName, merged, cancellation)
            .GetAwaiter()
            .GetResult();

        invocation.Out.WriteLine();
        invocation.Out.WriteLine($"Done in {Duration.Short(Stopwatch.GetElapsedTime(start))}. Try next:");
        WriteNextSteps(invocation.Out, merged, options.PromptTemplateName, asked.Instruction);
        return ExitCode.Success;
    }

    /// <summary>False if the user stopped it.</summary>
    private static bool TuneAndMerge(
        Invocation invocation,
        QuickstartSample sample,
        TuneOptions options,
        string adapter,
        string merged,
        CancellationToken cancellation
    )
    {
        using var device = invocation.Host.CreateDevice();

        Begin(invocation, 1, "Measure the base model on news items that it will not be trained on");
        Measure(invocation, device, sample, options, adapter: null, cancellation);

        Begin(invocation, 2, "Tune a LoRA adapter on others");
        var tuned = TuneRun.Show(
            invocation.Terminal,
            progress => Tuner.Run(options, device, progress, TimeProvider.System, cancellation)
        );
        if (!tuned.Finished)
        {
            return false;
        }

        invocation.Out.WriteLine($"wrote {adapter}");

        Begin(invocation, 3, "Measure the model with the adapter on the same items as before");
        Measure(invocation, device, sample, options, adapter, cancellation);

        Begin(invocation, 4, "Merge the adapter into the model");
        AdapterMerge.Run(device, sample.BaseModel, adapter, merged, new SaveOptions());
        invocation.Out.WriteLine($"wrote {merged}");
        return true;
    }

    private static void WriteNextSteps(TextWriter output, string merged, string template, string instruction)
    {
        var luthier = File.Exists("luthier") ? "./luthier" : "luthier";
        output.WriteLine(
            $"""

              Ask it about news of your own:
                {luthier} generate --model {merged} \
                  --prompt-template-name {template} \
                  --prompt "{instruction}" \
                  --input "The home side won the cup after extra time."

              Serve it with OpenAI's API
                {luthier} serve --model {merged} --served-model-name news

              Tune a model of yours: a Hugging Face folder and a file of examples
                {luthier} tune --base-model DIR --data-path FILE --output-dir DIR
                {luthier} tune --help
            """
        );
    }

    private static void Begin(Invocation invocation, int step, string title)
    {
        var gap = step == 1 ? "" : "\n";
        invocation.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{gap}{step}. {title}"));
        invocation.Out.Flush();
    }

    private static void Measure(
        Invocation invocation,
        Device device,
        QuickstartSample sample,
        TuneOptions tuning,
        string? adapter,
        CancellationToken cancellation
    )
    {
        var report = ShareProgress.Show(
            invocation.Terminal,
            "measuring",
            progress =>
                Evaluator.Run(
                    new EvaluationOptions
                    {
                        Model = sample.BaseModel,
                        Adapter = adapter,
                        DataPath = sample.HeldOutData,
                        Labels = QuickstartSample.Labels,
                        PromptTemplateName = tuning.PromptTemplateName,
                        Precision = tuning.Dtype,
                    },
                    device,
                    progress,
                    cancellation
                )
        );
        var scored = report.Labels!;
        invocation.Out.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"held-out accuracy: {scored.Accuracy:0.0%} ({scored.Correct} of {scored.Rows})"
            )
        );
        invocation.Out.Flush();
    }

    /// <summary>Serves the model on a free port of this machine and asks about the first held-out row over HTTP.</summary>
    private static async Task<HeldOutRow> AskAsync(
        Invocation invocation,
        QuickstartSample sample,
        string template,
        string merged,
        CancellationToken cancellation
    )
    {
        const int MaxTokens = 8;
        var row = sample.FirstHeldOut();
        await using var server = await LocalServer.StartAsync(
            invocation,
            new ModelOptions { Path = merged, Names = [ModelName] },
            cancellation
        );
        using var client = server.Connect(Timeout);
        invocation.Out.WriteLine($"POST {client.Url}v1/completions");
        invocation.Out.WriteLine(row.Input);
        invocation.Out.Write("→ ");
        var body = new JsonObject
        {
            ["model"] = ModelName,
            ["prompt"] = PromptTemplate.Load(template).Render(row.Instruction, row.Input),
            ["max_tokens"] = MaxTokens,
            ["temperature"] = 0,
            ["stream"] = true,
        };
        await foreach (var chunk in client.StreamAsync("v1/completions", body, cancellation))
        {
            invocation.Out.Write(chunk.GetProperty("choices")[0].GetProperty("text").GetString());
            invocation.Out.Flush();
        }

        invocation.Out.WriteLine();
        return row;
    }
}
