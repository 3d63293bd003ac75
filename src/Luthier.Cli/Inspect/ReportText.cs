using System.Globalization;
using System.Text.Json;
using Luthier.Cli.CommandLine;
using Luthier.Cli.Conversion;
using Luthier.Formats.Weights;
using Luthier.Models.Configuration;
using Luthier.Models.Inspection;
using Luthier.Tensors;

namespace Luthier.Cli.Inspect;

/// <summary>How a report on a model reads, for people and for scripts.</summary>
internal static class ReportText
{
    public static void Write(TextWriter output, ModelReport report, IReadOnlyList<TypeCount>? types)
    {
        var (config, plan) = (report.Config, report.Plan);
        output.WriteLine(
            Invariant($"{config.ModelType}: {config.Layers} layers, hidden {config.HiddenSize}, ")
                + Invariant($"intermediate {config.IntermediateSize}, {config.Heads} heads, ")
                + Invariant($"{config.KeyValueHeads} KV heads, vocabulary {config.VocabularySize}")
        );
        output.WriteLine(Invariant($"parameters: {report.ParameterCount:N0}"));
        output.WriteLine(report.Trainable.ToString());
        if (types is not null)
        {
            output.WriteLine($"tensors: {GgufOutput.Describe(types)}");
        }

        output.WriteLine(
            Invariant($"shards: {plan.Shards.Count}, {Megabytes(plan.TotalBytes)} in {DTypeNames.Name(DTypeOf(plan))}")
        );
        foreach (var shard in plan.Shards)
        {
            output.WriteLine(
                Invariant($"  {shard.FileName}  {Megabytes(shard.Bytes), 12}  {shard.Tensors.Count, 4} tensors")
            );
        }
    }

    public static void Write(Utf8JsonWriter writer, ModelReport report, IReadOnlyList<TypeCount>? types)
    {
        var (config, plan) = (report.Config, report.Plan);
        writer.WriteString("model_type", config.ModelType);
        writer.WriteNumber("parameters", report.ParameterCount);
        writer.WriteNumber("trainable_parameters", report.Trainable.Trainable);
        writer.WriteNumber("all_parameters", report.Trainable.All);
        writer.WriteString("dtype", DTypeNames.Name(DTypeOf(plan)));
        writer.WriteNumber("total_size", plan.TotalBytes);
        if (types is not null)
        {
            GgufOutput.Write(writer, types);
        }

        JsonOutput.WriteArray(
            writer,
            "shards",
            plan.Shards,
            (w, shard) =>
            {
                w.WriteStartObject();
                w.WriteString("file", shard.FileName);
                w.WriteNumber("bytes", shard.Bytes);
                JsonOutput.WriteArray(w, "tensors", shard.Tensors, (v, tensor) => v.WriteStringValue(tensor.Name));
                w.WriteEndObject();
            }
        );
    }

    private static DType DTypeOf(ShardPlan plan) => plan.Shards[0].Tensors[0].DType;

    // Decimal, as the limit is.
    private static string Megabytes(long bytes) => Invariant($"{bytes / 1e6:N1} MB");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
