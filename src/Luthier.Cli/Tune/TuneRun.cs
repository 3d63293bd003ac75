using Luthier.Cli.CommandLine;
using Luthier.Training.Logging;
using Luthier.Training.Tuning;

namespace Luthier.Cli.Tune;

/// <summary>Runs a tuning with the progress that suits the terminal.</summary>
internal static class TuneRun
{
    /// <summary>A bar on a terminal, plain lines elsewhere; the trainable line goes to standard output in both.</summary>
    public static T Show<T>(Terminal terminal, Func<ITuneProgress, T> work) =>
        Terminal.IsErrorInteractive
            ? BarTuneProgress.Show(bar => work(new TrainableLine(terminal.Out, bar)))
            : work(new TrainableLine(terminal.Out, new PlainTuneProgress(terminal.Error)));

    private sealed class TrainableLine(TextWriter output, ITuneProgress next) : ITuneProgress
    {
        public void Note(string text) => next.Note(text);

        public void Started(TuneStart start)
        {
            output.WriteLine(start.TrainableLine);
            output.Flush();
            next.Started(start);
        }

        public void Stepped(StepReport report) => next.Stepped(report);

        public void Logged(LogEntry entry) => next.Logged(entry);

        public void Saved(string folder) => next.Saved(folder);
    }
}
