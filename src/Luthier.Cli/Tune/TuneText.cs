using System.Globalization;
using Luthier.Cli.CommandLine;
using Luthier.Training.Logging;
using Luthier.Training.Tuning;

namespace Luthier.Cli.Tune;

/// <summary>How a run's measurements read.</summary>
internal static class TuneText
{
    public static string Begin(TuneStart start) =>
        Invariant($"{start.TrainingRows} rows to learn, {start.ValidationRows} to evaluate on; ")
        + Invariant($"{(start.FirstStep > 0 ? $"going on after step {start.FirstStep} of" : "")} ").TrimStart()
        + Invariant($"{start.TotalSteps} steps on {start.Device}");

    /// <summary>What stands beside the bar; as short as a narrow terminal needs it.</summary>
    public static string Of(StepReport report) =>
        Invariant($"{report.Step}/{report.TotalSteps}  loss {report.Loss:0.0000}  {Speed(report)}");

    /// <summary>Measurements of an entry by name, in the order of the log, without how long they took.</summary>
    public static string Of(LogEntry entry, int totalSteps) =>
        Invariant($"step {entry.Step}/{totalSteps}")
        + string.Concat(
            entry
                .Values.Where(pair => !IsTime(pair.Key))
                .Select(pair => Invariant($"  {pair.Key.Replace('_', ' ')} {Number(pair.Value)}"))
        );

    public static string Speed(StepReport report) =>
        Invariant($"{report.TokensPerSecond:N0} tokens/s  {Duration.Short(report.TimeLeft)} left");

    private static bool IsTime(string name) =>
        name.EndsWith("_runtime", StringComparison.Ordinal) || name.EndsWith("_per_second", StringComparison.Ordinal);

    // Learning rates are small; everything else reads best without an exponent.
    private static string Number(double value) =>
        value.ToString(Math.Abs(value) is > 0 and < 1e-3 ? "0.####e+0" : "0.####", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
