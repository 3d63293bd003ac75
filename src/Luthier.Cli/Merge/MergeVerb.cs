using System.CommandLine;
using System.Globalization;
using Luthier.Cli.CommandLine;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Tensors;

namespace Luthier.Cli.Merge;

/// <summary>Makes an adapter part of its base model's weights.</summary>
internal sealed class MergeVerb : Verb
{
    private readonly Option<string?> baseModel = OptionOf.ExistingModel(
        "--base-model",
        "Folder or GGUF file of the model that the adapter was trained on"
    );

    private readonly Option<string?> adapter = OptionOf.ExistingPath(
        "--adapter",
        "Folder of the adapter, as PEFT has it"
    );
    private readonly Option<string?> outputDir = OptionOf.OutputFolder(
        "--output-dir",
        "Folder that receives the model"
    );
    private readonly Option<string> maxShardSize = SharedOptions.MaxShardSize();
    private readonly Option<string> format = SharedOptions.WeightFormat();
    private readonly Option<DType?> dtype = SharedOptions.DTypeOf("Element type to write (default: the base model's)");

    public MergeVerb()
        : base("merge", "Merge an adapter into its base model, and check what was written.")
    {
        AddGroup("Options", baseModel, adapter, outputDir, maxShardSize, format, dtype);
        Require(baseModel, adapter, outputDir);
    }

    public override IReadOnlyList<Example> Examples =>
        [
            new("Merge what tune wrote", "luthier merge --base-model models/llama --adapter out --output-dir merged"),
            new(
                "In files of at most 400 MB that torch.load reads",
                "luthier merge --base-model models/llama --adapter out --output-dir merged --max-shard-size 400MB "
                    + "--format bin"
            ),
        ];

    public override IEnumerable<string> Check(Invocation invocation)
    {
        var output = invocation.Get(outputDir);
        foreach (var option in (ReadOnlySpan<Option<string?>>)[baseModel, adapter])
        {
            if (output is not null && invocation.Get(option) is { } input && Paths.AreSame(input, output))
            {
                return [$"{outputDir.Name} is the folder of {option.Name}; expected another one"];
            }
        }

        return [];
    }

    public override int Run(Invocation invocation, CancellationToken cancellation)
    {
        using var device = invocation.Host.CreateDevice();
        var output = invocation.Require(outputDir);
        var report = AdapterMerge.Run(
            device,
            invocation.Require(baseModel),
            invocation.Require(adapter),
            output,
            new SaveOptions
            {
                DType = invocation.Get(dtype),
                MaxShardBytes = SharedOptions.BytesOf(invocation.Get(maxShardSize)),
                Format = SharedOptions.NamingOf(invocation.Get(format)),
            }
        );
        foreach (var shard in report.Files.Shards)
        {
            invocation.Out.WriteLine($"wrote {Path.Combine(output, shard.FileName)}");
        }

        invocation.Out.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"largest difference in logits between adapter and merged model: {report.LargestDifference:0.0e+00} (largest logit: {report.LargestLogit:0.0##})"
            )
        );
        return ExitCode.Success;
    }
}
