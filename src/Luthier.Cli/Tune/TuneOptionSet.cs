using System.CommandLine;
using System.Globalization;
using Luthier.Cli.CommandLine;
using Luthier.Training.Options;

namespace Luthier.Cli.Tune;

/// <summary>The tuning options as options of the command line, in the groups of the help.</summary>
internal sealed class TuneOptionSet
{
    private static readonly (string Title, string[] Names)[] Layout =
    [
        ("Model and data", ["base-model", "data-path", "output-dir", "method", "init-from-config", "tokenizer"]),
        ("Form of the data", ["data-format", "columns", "labels", "prompt-template-name", "chat-format"]),
        (
            "Rows and sequences",
            [
                "cutoff-len",
                "val-set-size",
                "train-on-inputs",
                "add-eos-token",
                "group-by-length",
                "packing",
                "no-shuffle",
            ]
        ),
        ("Adapter", ["lora-r", "lora-alpha", "lora-dropout", "lora-target-modules", "lora-init"]),
        (
            "Steps",
            ["batch-size", "micro-batch-size", "num-epochs", "max-steps", "dtype", "gradient-checkpointing", "seed"]
        ),
        (
            "Optimizer",
            [
                "learning-rate",
                "lr-scheduler-type",
                "warmup-steps",
                "warmup-ratio",
                "weight-decay",
                "adam-beta1",
                "adam-beta2",
                "adam-epsilon",
                "max-grad-norm",
            ]
        ),
        (
            "Log and checkpoints",
            ["logging-steps", "eval-steps", "save-steps", "save-total-limit", "resume-from-checkpoint"]
        ),
    ];

    private const int LongestChoices = 24;

    private readonly Dictionary<TuneOption, Option> byTuneOption;

    public TuneOptionSet() => byTuneOption = TuneOption.All.ToDictionary(o => o, Make);

    /// <summary>Every option once; those that the layout does not place come last.</summary>
    public IEnumerable<OptionGroup> Groups()
    {
        foreach (var (title, names) in Layout)
        {
            yield return new OptionGroup(title, [.. names.Select(n => this[n])]);
        }

        var placed = Layout.SelectMany(g => g.Names).ToHashSet(StringComparer.Ordinal);
        if (
            byTuneOption.Where(p => !placed.Contains(p.Key.Name)).Select(p => p.Value).ToArray() is { Length: > 0 } rest
        )
        {
            yield return new OptionGroup("Other", rest);
        }
    }

    /// <summary>The option of a name.</summary>
    public Option this[string name] => byTuneOption[TuneOption.Find(name)!];

    /// <summary>What the user gave, as text for <see cref="OptionBinder"/>.</summary>
    public IEnumerable<OptionValue> Given(Invocation invocation) =>
        from pair in byTuneOption
        where invocation.IsGiven(pair.Value)
        select new OptionValue(pair.Key.Name, TextOf(invocation, pair.Value));

    private static string TextOf(Invocation invocation, Option option) =>
        option switch
        {
            Option<bool> flag => invocation.Get(flag) ? "true" : "false",
            Option<string[]> list => string.Join(',', invocation.Get(list) ?? []),
            _ => invocation.Get((Option<string?>)option) ?? "",
        };

    private static Option Make(TuneOption option)
    {
        var name = "--" + option.Name;
        if (option.IsSwitch)
        {
            return OptionOf.Switch(name, option.Description, bool.Parse(option.Default ?? "false"));
        }

        if (option.IsList)
        {
            return OptionOf.List(name, option.Description, option.Default);
        }

        var choices = string.Join('|', option.Choices);
        var tooLong = choices.Length > LongestChoices;
        return new Option<string?>(name)
        {
            Description = tooLong ? $"{option.Description}: {string.Join(", ", option.Choices)}" : option.Description,
            HelpName = choices.Length > 0 && !tooLong ? choices : Metavariable(option),
            DefaultValueFactory = _ => option.Default,
        };
    }

    private static string Metavariable(TuneOption option) =>
        option.Name switch
        {
            "base-model" or "output-dir" => "DIR",
            "data-path" or "init-from-config" => "FILE",
            "lora-init" or "tokenizer" => "DIR_OR_FILE",
            "resume-from-checkpoint" => "DIR|true",
            "columns" => "KEY=COLUMN,...",
            "warmup-steps" => "N",
            "warmup-ratio" => "X",
            _ when int.TryParse(option.Default, CultureInfo.InvariantCulture, out _) => "N",
            _ when double.TryParse(option.Default, CultureInfo.InvariantCulture, out _) => "X",
            _ => "NAME",
        };
}
