using Luthier.Training.Logging;
using Luthier.Training.Tuning;

namespace Luthier.Cli.Tune;

/// <summary>A line for each entry of the log, for files and pipes.</summary>
internal sealed class PlainTuneProgress(TextWriter output) : ITuneProgress
{
    private StepReport last;
    private int totalSteps;

    public void Note(string text) => output.WriteLine(text);

    public void Started(TuneStart start)
    {
        totalSteps = start.TotalSteps;
        output.WriteLine(TuneText.Begin(start));
    }

    public void Stepped(StepReport report) => last = report;

    public void Logged(LogEntry entry)
    {
        var speed = last.Step == entry.Step ? "  " + TuneText.Speed(last) : "";
        output.WriteLine(TuneText.Of(entry, totalSteps) + speed);
    }

    public void Saved(string folder) => output.WriteLine($"saved {folder}");
}
