using System.CommandLine;
using Luthier.Cli.CommandLine;
using Luthier.Models.Quantization;

namespace Luthier.Cli.Conversion;

/// <summary>Writes a model with fewer bits a weight.</summary>
internal sealed class QuantizeVerb : Verb
{
    private readonly Option<string?> model = SharedOptions.Model("Folder, or GGUF file of type f32, f16 or bf16");
    private readonly Option<WeightMix?> type = SharedOptions.MixOf(
        "--type",
        "Element types of the weights",
        WeightMix.Quantized
    );

    private readonly Option<string?> output = OptionOf.OutputFile("--output", "GGUF file to write");
    private readonly Option<bool> json = OptionOf.Switch("--json", "Print one JSON object");

    public QuantizeVerb()
        : base("quantize", "Write a model as a GGUF file with 4 to 8 bits a weight.")
    {
        AddGroup("Options", model, type, output, json);
        Require(model, type, output);
    }

    public override IReadOnlyList<Example> Examples =>
        [
            new(
                "A model folder with 4 to 6 bits a weight",
                "luthier quantize --model models/llama --type q4_k_m --output llama-q4.gguf"
            ),
            new(
                "A file that was converted before",
                "luthier quantize --model llama-f16.gguf --type q8_0 --output llama-q8.gguf"
            ),
        ];

    public override IEnumerable<string> Check(Invocation invocation) => GgufOutput.Check(invocation, model, output);

    public override int Run(Invocation invocation, CancellationToken cancellation) =>
        GgufOutput.Write(
            invocation,
            invocation.Require(model),
            invocation.Get(type)!,
            invocation.Require(output),
            invocation.Get(json),
            cancellation
        );
}
