using Luthier.Training.Logging;

namespace Luthier.Training.Tuning;

/// <summary>Hears what a run does, to show it. Called on the thread that runs it.</summary>
public interface ITuneProgress
{
    /// <summary>Something worth a line of its own.</summary>
    void Note(string text);

    /// <summary>The run is set up and begins, or goes on.</summary>
    void Started(TuneStart start);

    /// <summary>An optimizer step is done.</summary>
    void Stepped(StepReport report);

    /// <summary>An entry was added to the log.</summary>
    void Logged(LogEntry entry);

    /// <summary>A checkpoint is complete.</summary>
    void Saved(string folder);
}

/// <param name="TrainableLine"><c>trainable params: … || all params: … || trainable%: …</c>.</param>
/// <param name="TrainingRows">Rows to learn from.</param>
/// <param name="ValidationRows">Rows to evaluate on.</param>
/// <param name="FirstStep">Steps done before, by the run that is resumed.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Device">What computes.</param>
public sealed record TuneStart(
    string TrainableLine,
    int TrainingRows,
    int ValidationRows,
    int FirstStep,
    int TotalSteps,
    string Device
);

/// <param name="Step">Steps done, from 1.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Loss">Mean loss of the tokens learned in the step.</param>
/// <param name="LearningRate">Learning rate of the step.</param>
/// <param name="GradientNorm">Global norm before clipping.</param>
/// <param name="TokensPerSecond">Of training since the run was started, without evaluation and saving.</param>
/// <param name="TimeLeft">At that speed.</param>
public readonly record struct StepReport(
    int Step,
    int TotalSteps,
    double Loss,
    double LearningRate,
    double GradientNorm,
    double TokensPerSecond,
    TimeSpan TimeLeft
);
