using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Luthier.Cli.CommandLine;
using Luthier.Formats.Gguf;
using Luthier.Models.Gguf;
using Luthier.Models.Inspection;
using Luthier.Models.Quantization;
using Luthier.Text.Gguf;

namespace Luthier.Cli.Conversion;

/// <summary>Writes a model as a GGUF file and says what was written: what <c>convert</c> and <c>quantize</c> do alike.</summary>
internal static class GgufOutput
{
    public static int Write(
        Invocation invocation,
        string source,
        WeightMix mix,
        string output,
        bool asJson,
        CancellationToken cancellation
    )
    {
        using var export = new GgufExport(source, mix) { Threads = invocation.Host.Threads };
        var tokenizer = GgufFile.Is(source) ? [] : GgufTokenizerExport.Of(source, export.VocabularySize);
        var report = ShareProgress.Show(
            invocation.Terminal,
            "writing",
            progress => Convert(export, output, tokenizer, progress, cancellation)
        );
        if (asJson)
        {
            JsonOutput.Write(invocation.Out, writer => Write(writer, output, mix, report));
        }
        else
        {
            WriteText(invocation.Out, output, report);
        }

        return ExitCode.Success;
    }

    /// <summary>What is wrong with the paths.</summary>
    public static IEnumerable<string> Check(Invocation invocation, Option<string?> model, Option<string?> output) =>
        invocation.Get(output) is { } target && invocation.Get(model) is { } source && Paths.AreSame(source, target)
            ? [$"{output.Name} is {model.Name}; expected another file"]
            : [];

    /// <summary>Such as <c>21 Q4_K (3.2 MB), 9 F32 (0.1 MB)</c>.</summary>
    public static string Describe(IReadOnlyList<TypeCount> types) =>
        string.Join(", ", types.Select(type => $"{type.Tensors} {GgmlType.Name(type.Type)} ({Megabytes(type.Bytes)})"));

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<TypeCount> types) =>
        JsonOutput.WriteArray(
            writer,
            "types",
            types,
            (w, type) =>
            {
                w.WriteStartObject();
                w.WriteString("type", GgmlType.Name(type.Type));
                w.WriteNumber("tensors", type.Tensors);
                w.WriteNumber("bytes", type.Bytes);
                w.WriteEndObject();
            }
        );

    // What the file has no place for is a mistake in what was asked, not in the program.
    private static GgufReport Convert(
        GgufExport export,
        string output,
        IReadOnlyList<GgufValue> tokenizer,
        IProgress<double> progress,
        CancellationToken cancellation
    )
    {
        try
        {
            return export.Write(output, tokenizer, progress, cancellation);
        }
        catch (NotSupportedException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    private static void WriteText(TextWriter target, string output, GgufReport report)
    {
        target.WriteLine($"wrote {output}: {Megabytes(report.Bytes)}");
        target.WriteLine($"tensors: {Describe(report.Types)}");
        foreach (var note in report.Notes)
        {
            target.WriteLine($"note: {note}");
        }
    }

    private static void Write(Utf8JsonWriter writer, string output, WeightMix mix, GgufReport report)
    {
        writer.WriteString("file", output);
        writer.WriteString("type", mix.Name);
        writer.WriteNumber("bytes", report.Bytes);
        Write(writer, report.Types);
        JsonOutput.WriteArray(writer, "notes", report.Notes, (w, note) => w.WriteStringValue(note));
    }

    // Decimal, as other sizes are.
    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N1} MB");
}
