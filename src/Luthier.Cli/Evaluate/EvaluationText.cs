using System.Globalization;
using System.Text.Json;
using Luthier.Cli.CommandLine;
using Luthier.Training.Evaluation;

namespace Luthier.Cli.Evaluate;

/// <summary>How a measurement reads, for people and for scripts.</summary>
internal static class EvaluationText
{
    public static void Write(TextWriter output, EvaluationReport report)
    {
        output.WriteLine(Invariant($"rows: {report.Rows:N0}, tokens: {report.Loss.Tokens:N0}"));
        output.WriteLine(Invariant($"loss: {report.Loss.Loss:0.0000}"));
        output.WriteLine(Invariant($"perplexity: {report.Loss.Perplexity:0.0000}"));
        if (report.Labels is not { } scored)
        {
            return;
        }

        output.WriteLine(Invariant($"accuracy: {scored.Accuracy:0.0000} ({scored.Correct:N0} of {scored.Rows:N0})"));
        var width = scored.Labels.Max(label => label.Length);
        for (var label = 0; label < scored.Labels.Count; label++)
        {
            var row = scored.Confusion[label];
            var name = scored.Labels[label].PadRight(width);
            output.WriteLine(Invariant($"  {name}  {row[label]:N0} of {row.Sum():N0}"));
        }
    }

    public static void Write(Utf8JsonWriter writer, EvaluationReport report)
    {
        writer.WriteNumber("rows", report.Rows);
        writer.WriteNumber("tokens", report.Loss.Tokens);
        writer.WriteNumber("loss", report.Loss.Loss);
        writer.WriteNumber("perplexity", report.Loss.Perplexity);
        if (report.Labels is not { } scored)
        {
            return;
        }

        writer.WriteNumber("accuracy", scored.Accuracy);
        writer.WriteNumber("correct", scored.Correct);
        JsonOutput.WriteArray(writer, "labels", scored.Labels, (w, label) => w.WriteStringValue(label));
        JsonOutput.WriteArray(
            writer,
            "confusion",
            scored.Confusion,
            (w, row) =>
            {
                w.WriteStartArray();
                foreach (var count in row)
                {
                    w.WriteNumberValue(count);
                }

                w.WriteEndArray();
            }
        );
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
