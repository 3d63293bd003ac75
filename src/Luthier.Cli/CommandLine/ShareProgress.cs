using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Luthier.Cli.CommandLine;

/// <summary>Shows the share of a piece of work that is done: a bar on a terminal, else a line now and then.</summary>
internal static class ShareProgress
{
    public static T Show<T>(Terminal terminal, string title, Func<IProgress<double>, T> work)
    {
        if (!Terminal.IsErrorInteractive)
        {
            return work(new Lines(terminal.Error, title));
        }

        var progress = AnsiConsole
            .Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) })
            .Progress()
            .AutoClear(enabled: true)
            .Columns(
                new ProgressBarColumn { Width = 24 },
                new PercentageColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new RemainingTimeColumn()
            );
        progress.RefreshRate = TimeSpan.FromMilliseconds(500);
        return progress.Start(context => work(new Bar(context.AddTask(Markup.Escape(title), maxValue: 1))));
    }

    private sealed class Bar(ProgressTask task) : IProgress<double>
    {
        public void Report(double value) => task.Value = value;
    }

    private sealed class Lines(TextWriter output, string title) : IProgress<double>
    {
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

        private readonly long start = Stopwatch.GetTimestamp();
        private TimeSpan shown;

        public void Report(double value)
        {
            var elapsed = Stopwatch.GetElapsedTime(start);
            if (value > 0 && elapsed - shown >= Pause)
            {
                shown = elapsed;
                var left = Duration.Short(elapsed / value * (1 - value));
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title} {value:0%}  {left} left"));
            }
        }
    }
}
