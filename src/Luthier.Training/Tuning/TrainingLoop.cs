using Luthier.Tensors.Autograd;
using Luthier.Training.Checkpoints;
using Luthier.Training.Data;
using Luthier.Training.Evaluation;
using Luthier.Training.Logging;
using Luthier.Training.Optimizers;
using Luthier.Training.Sampling;
using Luthier.Training.Schedules;

namespace Luthier.Training.Tuning;

/// <summary>Everything that a run consists of once it is set up.</summary>
internal sealed record TrainingRun(
    ITuningMethod Method,
    Tape Tape,
    AdamW Optimizer,
    TrainingStep Step,
    LearningRateSchedule Schedule,
    EpochBatches Batches,
    TrainingData Data,
    RunPlan Plan,
    CheckpointStore Store,
    TensorBoardLog Events,
    ITuneProgress Progress,
    TimeProvider Time
);

/// <summary>Steps, and after each step whatever is due: log, evaluation, checkpoint.</summary>
internal sealed class TrainingLoop(TrainingRun run, TrainerState state)
{
    private readonly Stopclock clock = new(run.Time);
    private double lossSum;
    private int lossSteps;
    private int savedStep;

    /// <summary>Sum of the losses of all steps, those of the run that was resumed included.</summary>
    public double TotalLoss { get; private set; }

    /// <summary>Folder of the last checkpoint written, or of the one resumed; null before there is any.</summary>
    public string? LastCheckpoint { get; private set; }

    /// <summary>Goes on where a checkpoint ends.</summary>
    public void Resume(ResumePoint point)
    {
        lossSum = point.Resume.LossSum;
        lossSteps = point.Resume.LossSteps;
        TotalLoss = point.Resume.TotalLoss;
        LastCheckpoint = point.Folder;
        savedStep = state.GlobalStep;
    }

    /// <summary>Runs to the last step, or until it is cancelled; then a checkpoint of the last whole step is left.</summary>
    /// <returns>Whether it came to the last step.</returns>
    public bool Run(CancellationToken cancellation)
    {
        try
        {
            if (state.GlobalStep > 0)
            {
                DoWhatIsDue(cancellation);
            }

            while (state.GlobalStep < run.Plan.TotalSteps)
            {
                Advance(cancellation);
                DoWhatIsDue(cancellation);
            }

            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            if (state.GlobalStep > savedStep)
            {
                Save();
            }

            return false;
        }
    }

    private void Advance(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var step = state.GlobalStep;
        var rate = run.Schedule.At(step);
        clock.Start();
        var result = run.Step.Run(step + 1, run.Batches.RowsOf(step), rate, cancellation);
        clock.Stop(result.Tokens);

        state.GlobalStep = step + 1;
        state.Epoch = run.Plan.EpochAt(step + 1);
        state.TokensSeen += result.Tokens;
        var weights = run.Method.Model.ParameterCount - run.Method.Model.Embedding.Weight.Count;
        state.FloatingPointOperations += 6.0 * result.Tokens * weights;
        lossSum += result.Loss;
        lossSteps++;
        TotalLoss += result.Loss;
        run.Progress.Stepped(
            new StepReport(
                step + 1,
                run.Plan.TotalSteps,
                result.Loss,
                rate,
                result.GradientNorm,
                clock.TokensPerSecond,
                clock.TimeFor(run.Plan.TotalSteps - step - 1)
            )
        );
        if ((step + 1) % run.Plan.LoggingSteps == 0)
        {
            Log(
                new(StringComparer.Ordinal)
                {
                    ["loss"] = lossSum / lossSteps,
                    ["grad_norm"] = result.GradientNorm,
                    ["learning_rate"] = rate,
                }
            );
            (lossSum, lossSteps) = (0, 0);
        }
    }

    // A run that is resumed does what its checkpoint came too early for.
    private void DoWhatIsDue(CancellationToken cancellation)
    {
        var isLast = state.GlobalStep == run.Plan.TotalSteps;
        var isBest = false;
        if (run.Data.Validation.Count > 0 && IsDue(run.Plan.EvalSteps, isLast) && !IsEvaluated())
        {
            isBest = Evaluate(cancellation);
        }

        if (isBest || (IsDue(run.Plan.SaveSteps, isLast) && state.GlobalStep > savedStep))
        {
            Save();
        }
    }

    private bool IsDue(int every, bool isLast) => isLast || (every > 0 && state.GlobalStep % every == 0);

    private bool IsEvaluated() =>
        state.LogHistory.Any(entry => entry.Step == state.GlobalStep && entry.Values.ContainsKey("eval_loss"));

    private bool Evaluate(CancellationToken cancellation)
    {
        var rows = run.Data.Validation;
        var started = run.Time.GetTimestamp();
        var report = LossEvaluator.Evaluate(run.Tape, run.Method.Model, rows, cancellation);
        if (!double.IsFinite(report.Loss))
        {
            throw new NotFiniteException(state.GlobalStep, "eval_loss", "the loss of the evaluation is");
        }

        var seconds = run.Time.GetElapsedTime(started).TotalSeconds;
        Log(
            new(StringComparer.Ordinal)
            {
                ["eval_loss"] = report.Loss,
                ["eval_runtime"] = seconds,
                ["eval_samples_per_second"] = rows.Count / Math.Max(seconds, 1e-9),
            }
        );
        if (report.Loss >= state.BestMetric)
        {
            return false;
        }

        state.BestMetric = report.Loss;
        state.BestCheckpoint = run.Store.FolderOf(state.GlobalStep);
        return true;
    }

    private void Log(Dictionary<string, double> values)
    {
        var entry = new LogEntry(state.GlobalStep, state.Epoch, values);
        state.LogHistory.Add(entry);
        run.Events.Write(entry);
        run.Progress.Logged(entry);
    }

    private void Save()
    {
        var resume = new ResumeState(
            run.Optimizer.Steps,
            lossSum,
            lossSteps,
            TotalLoss,
            run.Time.GetUtcNow(),
            run.Data.Identity
        );
        LastCheckpoint = run.Store.Write(
            state.GlobalStep,
            pending => Checkpoint.Write(pending, run.Method, run.Optimizer, state, run.Plan, resume),
            pending => Checkpoint.Verify(pending, run.Method, run.Optimizer)
        );
        savedStep = state.GlobalStep;
        run.Store.Prune(state.BestCheckpoint);
        run.Progress.Saved(LastCheckpoint);
    }
}
