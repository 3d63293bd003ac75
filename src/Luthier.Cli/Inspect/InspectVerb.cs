using System.CommandLine;
using Luthier.Cli.CommandLine;
using Luthier.Formats.Gguf;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Inspection;
using Luthier.Tensors;

namespace Luthier.Cli.Inspect;

/// <summary>What a model is made of, known from its configuration alone.</summary>
internal sealed class InspectVerb : Verb
{
    private readonly Argument<string?> model = new("model")
    {
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "MODEL",
        Description = "Folder of a model, its config.json, or a GGUF file",
    };

    private readonly Option<int> loraR = OptionOf.Integer("--lora-r", "Rank of the adapter to count", 8, 1, 1 << 16);
    private readonly Option<string[]> targets = OptionOf.List(
        "--lora-target-modules",
        "Layers that get the adapter: names, all-linear, or one regular expression",
        "q_proj,v_proj"
    );

    private readonly Option<string> maxShardSize = SharedOptions.MaxShardSize();
    private readonly Option<DType?> dtype = SharedOptions.DTypeOf(
        "Element type of the weight files (default: the configuration's)"
    );

    private readonly Option<string> format = SharedOptions.WeightFormat();
    private readonly Option<bool> json = OptionOf.Switch("--json", "Print one JSON object");

    public InspectVerb()
        : base("inspect", "Count a model's parameters and plan its weight files, without loading weights.")
    {
        AddGroup("Adapter", loraR, targets);
        AddGroup("Weight files", maxShardSize, dtype, format);
        AddGroup("Output", json);
        Arguments.Add(model);
    }

    public override IReadOnlyList<Example> Examples =>
        [
            new("What a folder holds", "luthier inspect models/llama"),
            new("What a GGUF file holds", "luthier inspect llama-q4.gguf"),
            new(
                "How many files an export in float16 would have",
                "luthier inspect llama-13b/config.json --dtype float16 --max-shard-size 400MB"
            ),
            new(
                "What an adapter on all projections would train",
                "luthier inspect models/llama --lora-r 16 --lora-target-modules all-linear"
            ),
        ];

    public override IEnumerable<string> Check(Invocation invocation)
    {
        if (invocation.Get(model) is not { } path)
        {
            yield return "a model is missing: expected its folder, config.json or GGUF file";
        }
        else if (!Path.Exists(path))
        {
            yield return $"'{path}' is no folder or file; expected a model's folder, config.json or GGUF file";
        }
    }

    public override int Run(Invocation invocation, CancellationToken cancellation)
    {
        var path = invocation.Get(model)!;
        var report = Report(invocation, ModelConfig.Load(path));
        var types = TypesIn(path);
        if (invocation.Get(json))
        {
            JsonOutput.Write(invocation.Out, writer => ReportText.Write(writer, report, types));
        }
        else
        {
            ReportText.Write(invocation.Out, report, types);
        }

        return ExitCode.Success;
    }

    /// <summary>What a GGUF file holds; null for other models.</summary>
    private static IReadOnlyList<TypeCount>? TypesIn(string path)
    {
        if (!GgufFile.Is(path))
        {
            return null;
        }

        using var file = GgufFile.Open(path);
        return TypeCount.Of(file.Tensors.Values);
    }

    private ModelReport Report(Invocation invocation, ModelConfig config)
    {
        try
        {
            return ModelReport.Create(
                config,
                new LoraConfig
                {
                    Rank = invocation.Get(loraR),
                    TargetModules = ModuleSelection.Parse(invocation.Get(targets) ?? []),
                },
                new SaveOptions
                {
                    DType = invocation.Get(dtype),
                    MaxShardBytes = SharedOptions.BytesOf(invocation.Get(maxShardSize)),
                    Format = SharedOptions.NamingOf(invocation.Get(format)),
                }
            );
        }
        catch (ArgumentException exception)
        {
            throw new UsageException($"{targets.Name}: {exception.Message}");
        }
    }
}
