using System.CommandLine;
using Luthier.Cli.CommandLine;
using Luthier.Formats;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Cli.Export;

/// <summary>Writes a model in a layout that other programs read.</summary>
internal sealed class ExportVerb : Verb
{
    private const string Meta = "meta";

    private readonly Option<string?> model = SharedOptions.Model("Folder or GGUF file of the model to export");
    private readonly Option<string?> adapter = OptionOf.ExistingPath(
        "--adapter",
        "Folder of an adapter to merge into the model first"
    );

    private readonly Option<string?> outputDir = OptionOf.OutputFolder(
        "--output-dir",
        "Folder that receives the files"
    );
    private readonly Option<string> format = OptionOf.Choice(
        "--format",
        "Layout: Meta's consolidated.00.pth and params.json, or Hugging Face files",
        Meta,
        Meta,
        "safetensors",
        "bin"
    );

    private readonly Option<string> maxShardSize = SharedOptions.MaxShardSize();
    private readonly Option<DType?> dtype = SharedOptions.DTypeOf("Element type to write (default: the model's)");

    public ExportVerb()
        : base("export", "Write a model for other programs: Meta's layout or Hugging Face files.")
    {
        AddGroup("Options", model, adapter, outputDir, format, maxShardSize, dtype);
        Require(model, outputDir);
    }

    public override IReadOnlyList<Example> Examples =>
        [
            new(
                "A tuned Llama for programs that read Meta's files",
                "luthier export --model models/llama --adapter out --output-dir meta --format meta"
            ),
            new(
                "The same model in half the size",
                "luthier export --model models/llama --output-dir half --format safetensors --dtype bfloat16"
            ),
        ];

    public override IEnumerable<string> Check(Invocation invocation) =>
        invocation.Get(outputDir) is { } output && invocation.Get(model) is { } input && Paths.AreSame(input, output)
            ? [$"{outputDir.Name} is the folder of {model.Name}; expected another one"]
            : [];

    public override int Run(Invocation invocation, CancellationToken cancellation)
    {
        var output = invocation.Require(outputDir);
        using var loaded = ModelLoader.Load(invocation.Require(model));
        if (invocation.Get(adapter) is { } adapterPath)
        {
            Merge(loaded, adapterPath);
        }

        foreach (var file in Write(invocation, loaded, output))
        {
            invocation.Out.WriteLine($"wrote {Path.Combine(output, file)}");
        }

        return ExitCode.Success;
    }

    private IEnumerable<string> Write(Invocation invocation, Transformer loaded, string output)
    {
        var stored = invocation.Get(dtype);
        if (string.Equals(invocation.Get(format), Meta, StringComparison.Ordinal))
        {
            MetaCheckpoint.Export(loaded, output, stored);
            return [MetaCheckpoint.WeightsName, MetaCheckpoint.ParametersName];
        }

        var options = new SaveOptions
        {
            DType = stored,
            MaxShardBytes = SharedOptions.BytesOf(invocation.Get(maxShardSize)),
            Format = SharedOptions.NamingOf(invocation.Get(format)),
        };
        return ModelSaver.Save(loaded, output, options).Shards.Select(shard => shard.FileName);
    }

    private static void Merge(Transformer target, string path)
    {
        var loaded = Adapter.Load(target, path);
        if (loaded.ChangesNothing)
        {
            throw new InvalidFileException(path, "is an adapter that changes nothing: all its updates are zero");
        }

        loaded.Merge();
    }
}
