using System.CommandLine;
using Luthier.Cli.CommandLine;
using Luthier.Models.Quantization;

namespace Luthier.Cli.Conversion;

/// <summary>Writes a model in another format.</summary>
internal sealed class ConvertVerb : Verb
{
    private const string Gguf = "gguf";

    private readonly Option<string?> model = SharedOptions.Model("Folder or GGUF file of the model to convert");
    private readonly Option<string> to = OptionOf.Choice("--to", "Format to write", Gguf, Gguf);
    private readonly Option<WeightMix?> type = SharedOptions.MixOf(
        "--type",
        "Element types of the weights (default: f16)",
        WeightMix.All
    );

    private readonly Option<string?> output = OptionOf.OutputFile("--output", "File to write");
    private readonly Option<bool> json = OptionOf.Switch("--json", "Print one JSON object");

    public ConvertVerb()
        : base("convert", "Write a model as a GGUF file, which llama.cpp and others read.")
    {
        AddGroup("Options", model, to, type, output, json);
        Require(model, output);
    }

    public override IReadOnlyList<Example> Examples =>
        [
            new(
                "A merged model for llama.cpp",
                "luthier convert --to gguf --type f16 --model merged --output merged.gguf"
            ),
            new(
                "The same in a quarter of the size",
                "luthier convert --to gguf --type q4_k_m --model merged --output merged-q4.gguf"
            ),
        ];

    public override IEnumerable<string> Check(Invocation invocation) => GgufOutput.Check(invocation, model, output);

    public override int Run(Invocation invocation, CancellationToken cancellation) =>
        GgufOutput.Write(
            invocation,
            invocation.Require(model),
            invocation.Get(type) ?? WeightMix.Half,
            invocation.Require(output),
            invocation.Get(json),
            cancellation
        );
}
