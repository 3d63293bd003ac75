using Luthier.Training.Logging;
using Luthier.Training.Tuning;
using Spectre.Console;

namespace Luthier.Cli.Tune;

/// <summary>A bar with loss, speed and time left, and a line above it for each entry of the log.</summary>
internal sealed class BarTuneProgress : ITuneProgress
{
    private readonly IAnsiConsole console;
    private readonly ProgressTask task;

    private BarTuneProgress(IAnsiConsole terminal, ProgressTask task)
    {
        console = terminal;
        this.task = task;
    }

    /// <summary>Runs work with a bar on standard error; the bar ends where it is when the work fails.</summary>
    public static T Show<T>(Func<ITuneProgress, T> work)
    {
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        var progress = terminal
            .Progress()
            .AutoClear(enabled: false)
            .Columns(
                new ProgressBarColumn { Width = 24 },
                new PercentageColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left }
            );

        // The threads that compute own the cores; drawing takes as little from them as it can.
        progress.RefreshRate = TimeSpan.FromMilliseconds(500);
        return progress.Start(context =>
            work(new BarTuneProgress(terminal, context.AddTask("preparing", autoStart: false)))
        );
    }

    public void Note(string text) => Print(text);

    public void Started(TuneStart start)
    {
        Print(TuneText.Begin(start));
        task.MaxValue = start.TotalSteps;
        task.Value = start.FirstStep;
        task.StartTask();
    }

    public void Stepped(StepReport report)
    {
        task.Value = report.Step;
        task.Description = Markup.Escape(TuneText.Of(report));
    }

    public void Logged(LogEntry entry) => Print(TuneText.Of(entry, (int)task.MaxValue));

    public void Saved(string folder) => Print($"saved {folder}");

    // What is printed goes over the bar's line, whose end must not show behind it.
    private void Print(string text)
    {
        var width = Math.Max(console.Profile.Width, 2);
        var lines = (text.Length / width) + 1;
        console.WriteLine(text.PadRight((lines * width) - 1));
    }
}
