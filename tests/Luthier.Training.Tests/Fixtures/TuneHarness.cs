using System.Globalization;
using Luthier.Formats.Json;
using Luthier.Tensors.Devices;
using Luthier.Training.Logging;
using Luthier.Training.Options;
using Luthier.Training.Tuning;

namespace Luthier.Training.Tests.Fixtures;

/// <summary>Tuning runs of a test, in a folder of its own.</summary>
internal sealed class TuneHarness : IDisposable
{
    public static Device Device { get; } = TestDevice.Create(threads: 1);

    private readonly TempFolder folder = TestData.TempFolder();

    public Reference Reference { get; } = new();

    public string this[string relativePath] => folder[relativePath];

    /// <summary>Options for the reference batches, and others over them.</summary>
    public TuneOptions Options(string output, params (string Name, object Value)[] values)
    {
        if (!File.Exists(folder["rows.jsonl"]))
        {
            Reference.WriteRows(folder["rows.jsonl"]);
        }

        var isScratch = Array.Exists(values, value => value.Name is "init-from-config");
        (string Name, object Value)[] defaults =
        [
            .. isScratch ? [] : new (string, object)[] { ("base-model", Reference.BaseModel) },
            ("data-path", folder["rows.jsonl"]),
            ("output-dir", folder[output]),
            ("batch-size", 4),
            ("num-epochs", 1),
            ("val-set-size", 0),
            ("warmup-steps", 0),
            ("logging-steps", 1),
            ("lr-scheduler-type", "constant"),
        ];
        return OptionBinder.Bind(
            defaults
                .Concat(values)
                .Select(value => new OptionValue(
                    value.Name,
                    Convert
                        .ToString(value.Value, CultureInfo.InvariantCulture)!
                        .Replace("OUT", folder.Path, StringComparison.Ordinal)
                ))
        );
    }

    /// <summary>Runs to the end.</summary>
    public TuneResult Run(string output, params (string Name, object Value)[] values) =>
        Run(Options(output, values), new RecordedProgress());

    public static TuneResult Run(
        TuneOptions options,
        ITuneProgress progress,
        CancellationToken cancellation = default
    ) => Tuner.Run(options, Device, progress, TimeProvider.System, cancellation);

    /// <summary>A value of every entry of the log that has it, as the file in the folder says.</summary>
    public double[] Logged(string output, string name) =>
        [
            .. JsonFile
                .Read(Path.Combine(folder[output], TrainerState.FileName))["log_history"]
                .Items()
                .Where(entry => entry.Has(name))
                .Select(entry => entry[name].AsDouble()),
        ];

    public void Dispose()
    {
        Reference.Dispose();
        folder.Dispose();
    }
}

/// <summary>Remembers what a run tells; may stop it after a step.</summary>
internal sealed class RecordedProgress(int stopAfter = int.MaxValue, CancellationTokenSource? stop = null)
    : ITuneProgress
{
    public List<string> Notes { get; } = [];

    public List<StepReport> Steps { get; } = [];

    public List<string> Checkpoints { get; } = [];

    public TuneStart? Start { get; private set; }

    public void Note(string text) => Notes.Add(text);

    public void Started(TuneStart start) => Start = start;

    public void Stepped(StepReport report)
    {
        Steps.Add(report);
        if (report.Step == stopAfter)
        {
            stop!.Cancel();
        }
    }

    public void Logged(LogEntry entry) { }

    public void Saved(string folder) => Checkpoints.Add(folder);
}

/// <summary>Measures the managed memory that each step takes.</summary>
internal sealed class AllocationProgress : ITuneProgress
{
    private long before;

    public List<long> Allocated { get; } = [];

    public void Note(string text) { }

    public void Started(TuneStart start) { }

    public void Stepped(StepReport report)
    {
        Allocated.Add(GC.GetAllocatedBytesForCurrentThread() - before);
        before = GC.GetAllocatedBytesForCurrentThread();
    }

    public void Logged(LogEntry entry) { }

    public void Saved(string folder) { }
}
