using System.CommandLine;
using Luthier.Cli.CommandLine;
using Luthier.Training.Options;
using Luthier.Training.Tuning;

namespace Luthier.Cli.Tune;

/// <summary>Fine-tunes a model, or trains one from scratch.</summary>
internal sealed class TuneVerb : Verb
{
    private readonly Option<string?> config = OptionOf.ExistingFile(
        "--config",
        "Recipe: a YAML file of option names and values; what is given besides goes before it"
    );

    private readonly TuneOptionSet options = new();

    public TuneVerb()
        : base("tune", "Fine-tune a language model with LoRA or in full, or train one from scratch.")
    {
        AddGroup("Recipe", config);
        foreach (var group in options.Groups())
        {
            AddGroup(group.Title, group.Options);
        }
    }

    public override IReadOnlyList<Option> UsageOptions =>
        [options["base-model"], options["data-path"], options["output-dir"]];

    public override IReadOnlyList<Example> Examples =>
        [
            new(
                "Tune an adapter on instructions in Alpaca's form",
                "luthier tune --base-model models/llama --data-path alpaca.json --output-dir out"
            ),
            new(
                "The same from a recipe, with one value changed",
                "luthier tune --config recipes/lora.yaml learning_rate=1e-4"
            ),
            new(
                "Classify news from a CSV file, learning the answer only",
                "luthier tune --base-model models/llama --data-path news.csv --columns instruction=title,output=class "
                    + "--labels World,Sports,Business,Sci/Tech --no-train-on-inputs --output-dir out"
            ),
            new("Go on after an interruption", "luthier tune --config recipes/lora.yaml --resume-from-checkpoint true"),
        ];

    public override IEnumerable<string> Check(Invocation invocation)
    {
        try
        {
            Bind(invocation);
            return [];
        }
        catch (InvalidOptionsException invalid)
        {
            return invalid.Errors;
        }
    }

    public override int Run(Invocation invocation, CancellationToken cancellation)
    {
        var bound = Bind(invocation);
        using var device = invocation.Host.CreateDevice();
        var result = TuneRun.Show(
            invocation.Terminal,
            progress => Tuner.Run(bound, device, progress, TimeProvider.System, cancellation)
        );
        if (!result.Finished)
        {
            invocation.Terminal.Error.WriteLine(
                result.Checkpoint is null
                    ? "luthier tune: stopped before the first checkpoint"
                    : $"luthier tune: stopped; go on with --resume-from-checkpoint {result.Checkpoint}"
            );
            return ExitCode.Interrupted;
        }

        invocation.Out.WriteLine($"wrote {bound.OutputDir} from {result.Checkpoint}");
        return ExitCode.Success;
    }

    private TuneOptions Bind(Invocation invocation) =>
        OptionBinder.Bind(invocation.Get(config), options.Given(invocation));
}
