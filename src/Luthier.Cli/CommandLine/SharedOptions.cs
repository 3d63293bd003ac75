using System.CommandLine;
using Luthier.Formats.Weights;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Quantization;
using Luthier.Tensors;

namespace Luthier.Cli.CommandLine;

/// <summary>Options that several verbs have, so that they are called and read alike.</summary>
internal static class SharedOptions
{
    /// <summary>The size from which Alpaca-LoRA's export starts another file.</summary>
    private const string DefaultShardSize = "400MB";

    /// <summary>The model to work with, under the names by which users know it.</summary>
    public static Option<string?> Model(string description)
    {
        var option = OptionOf.ExistingModel("--model", description);
        option.Aliases.Add("--base-model");
        return option;
    }

    /// <summary>Quantizes a model's weights as they are loaded; null where it is not given.</summary>
    public static Option<WeightMix?> Quantization() =>
        MixOf(
            "--quantization",
            "Quantize the weights while they are loaded (default: as they are)",
            WeightMix.Quantized
        );

    /// <summary>How a model is to be loaded by a <see cref="Quantization"/>.</summary>
    public static LoadOptions LoadOptionsOf(Invocation invocation, Option<WeightMix?> quantization) =>
        new() { Quantization = invocation.Get(quantization), Threads = invocation.Host.Threads };

    /// <summary>A mix of element types by its name; null where it is not given.</summary>
    public static Option<WeightMix?> MixOf(string name, string description, IReadOnlyList<WeightMix> mixes) =>
        new(name)
        {
            Description = description,
            HelpName = string.Join('|', mixes),
            CustomParser = result =>
                OptionOf.Read<WeightMix>(
                    result,
                    name,
                    $"one of {string.Join(", ", mixes)}",
                    text => WeightMix.TryParse(text, out var mix) && mixes.Contains(mix) ? mix : null
                ),
        };

    /// <summary>An adapter on top of the model.</summary>
    public static Option<string?> Adapter() =>
        OptionOf.ExistingPath("--adapter", "Folder of an adapter to put on the model, as PEFT has it");

    /// <summary>Largest size of a weight file; <see cref="BytesOf"/> reads it.</summary>
    public static Option<string> MaxShardSize() =>
        new("--max-shard-size")
        {
            Description = "Largest size of a weight file, such as 400MB or 5GB",
            HelpName = "SIZE",
            DefaultValueFactory = _ => DefaultShardSize,
            CustomParser = result =>
                OptionOf.Read(
                    result,
                    "--max-shard-size",
                    "a size such as 400MB, 5GB or 10GiB",
                    text => ByteSize.TryParse(text, out _) ? text : null
                ) ?? DefaultShardSize,
        };

    /// <summary>Bytes of a <see cref="MaxShardSize"/>.</summary>
    public static long BytesOf(string? size) => ByteSize.Parse(size ?? DefaultShardSize);

    /// <summary>Element type of weights; null where it is not given.</summary>
    public static Option<DType?> DTypeOf(string description) =>
        new("--dtype")
        {
            Description = description,
            HelpName = "float32|bfloat16|float16",
            CustomParser = result =>
                OptionOf.Read<DType?>(
                    result,
                    "--dtype",
                    $"one of {DTypeNames.Known}",
                    text => DTypeNames.TryParse(text, out var dtype) ? dtype : null
                ),
        };

    /// <summary>The files that weights are written to.</summary>
    public static Option<string> WeightFormat() =>
        OptionOf.Choice("--format", "Kind of the weight files", "safetensors", "safetensors", "bin");

    /// <summary>How the files of a <see cref="WeightFormat"/> are called.</summary>
    public static WeightNaming NamingOf(string? format) =>
        string.Equals(format, "bin", StringComparison.Ordinal) ? WeightNaming.PyTorch : WeightNaming.Safetensors;
}
