using System.Globalization;
using Luthier.Formats;
using Luthier.Models.Configuration;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;
using Luthier.Tensors.Operations;
using Luthier.Text;
using Luthier.Training.Checkpoints;
using Luthier.Training.Data;
using Luthier.Training.Logging;
using Luthier.Training.Optimizers;
using Luthier.Training.Options;
using Luthier.Training.Sampling;
using Luthier.Training.Schedules;
using AdamW = Luthier.Training.Optimizers.AdamW;

namespace Luthier.Training.Tuning;

/// <param name="Finished">False if the run was cancelled; it can be resumed then.</param>
/// <param name="Checkpoint">The checkpoint that became the result, or from which to resume; null if there is none yet.</param>
/// <param name="State">What the run did.</param>
public sealed record TuneResult(bool Finished, string? Checkpoint, TrainerState State);

/// <summary>The whole of a tuning run, from options to the result in the output folder.</summary>
public static class Tuner
{
    /// <summary>
    /// 1. Reads the data. 2. Takes the output folder and the checkpoint to resume. 3. Loads the model and what is
    /// trained in it. 4. Makes optimizer and schedule, and gives them the checkpoint's state. 5. Trains. 6. Puts the
    /// best model into the output folder.
    /// </summary>
    /// <param name="options">Valid options, as the binder gives them.</param>
    /// <param name="device">What computes.</param>
    /// <param name="progress">Hears what happens.</param>
    /// <param name="time">The clock of logs and rates.</param>
    /// <param name="cancellation">Stops the run after the step at hand; a checkpoint is left.</param>
    /// <exception cref="InvalidOptionsException">The options do not fit the data or the model.</exception>
    /// <exception cref="InvalidFileException">A file is not what it should be.</exception>
    /// <exception cref="NotFiniteException">NaN or infinity came up.</exception>
    /// <exception cref="IOException">A file can't be read or written; older checkpoints are untouched.</exception>
    public static TuneResult Run(
        TuneOptions options,
        Device device,
        ITuneProgress progress,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        // 1. Data.
        var tokenizer = LoadTokenizer(options);
        var config = ModelConfig.Load(options.BaseModel ?? options.InitFromConfig!);
        var reading = time.GetTimestamp();
        var data = TrainingData.Load(options, config, tokenizer, cancellation);
        var seconds = time.GetElapsedTime(reading).TotalSeconds;
        var plan = RunPlan.Of(options, data.Training.Count);

        // 2. Folder and checkpoint.
        var output = options.OutputDir!;
        using var folderLock = new FolderLock(output);
        var store = new CheckpointStore(output, options.SaveTotalLimit);
        store.RemoveUnfinished();
        var resumed = ResumePoint.Find(options, store);
        resumed?.Check(options, data.Identity, plan);
        progress.Note(string.Create(CultureInfo.InvariantCulture, $"{data.Summary}, read in {seconds:F1} s"));

        // 3. Model.
        using var method = CreateMethod(options, resumed?.Folder, tokenizer);

        // 4. Optimizer and schedule.
        using var tape = new Tape(device, PrecisionOf(options));
        var optimizer = new AdamW(
            device,
            method.Trained,
            new AdamWSettings(options.AdamBeta1, options.AdamBeta2, options.AdamEpsilon, options.WeightDecay)
        );
        var state = resumed?.State ?? new TrainerState();
        using var events = new TensorBoardLog(output, time);
        var run = new TrainingRun(
            method,
            tape,
            optimizer,
            new TrainingStep(method, tape, optimizer, options.MicroBatchSize, options.MaxGradNorm, options.Seed),
            new LearningRateSchedule(
                options.LrSchedulerType,
                options.LearningRate,
                options.WarmupStepsOf(plan.TotalSteps),
                plan.TotalSteps
            ),
            new EpochBatches(data.Training, SamplerOf(options, data), options.BatchSize),
            data,
            plan,
            store,
            events,
            progress,
            time
        );
        var loop = new TrainingLoop(run, state);
        if (resumed is not null)
        {
            Checkpoint.RestoreOptimizer(resumed.Folder, optimizer, resumed.Resume.OptimizerSteps);
            loop.Resume(resumed);
            if (!resumed.FindBest())
            {
                progress.Note("the best checkpoint so far is gone: the best of what comes now will be kept");
            }
        }

        // 5. Train.
        progress.Started(
            new TuneStart(
                method.TrainableLine,
                data.Training.Count,
                data.Validation.Count,
                state.GlobalStep,
                plan.TotalSteps,
                device.Name
            )
        );
        var started = time.GetTimestamp();
        var firstStep = state.GlobalStep;
        if (!loop.Run(cancellation))
        {
            state.Write(output, plan);
            return new TuneResult(false, loop.LastCheckpoint, state);
        }

        // 6. Result.
        var best = state.BestCheckpoint ?? loop.LastCheckpoint!;
        method.Export(best, output);
        AddSummary(state, loop.TotalLoss, firstStep, options.BatchSize, time.GetElapsedTime(started));
        state.Write(output, plan);
        return new TuneResult(true, best, state);
    }

    private static ITuningMethod CreateMethod(TuneOptions options, string? checkpoint, Tokenizer? tokenizer) =>
        options.TrainsAllWeights
            ? FullMethod.Create(options, checkpoint, tokenizer)
            : LoraMethod.Create(options, checkpoint);

    private static MatMulPrecision PrecisionOf(TuneOptions options) =>
        options.Dtype == TrainingPrecision.BFloat16 ? MatMulPrecision.BFloat16 : MatMulPrecision.Float32;

    private static RowSampler SamplerOf(TuneOptions options, TrainingData data) =>
        new(
            TrainingData.OrderOf(options),
            [.. data.Training.Select(row => row.Sum(sequence => sequence.Length))],
            options.BatchSize,
            options.Seed
        );

    private static Tokenizer? LoadTokenizer(TuneOptions options) =>
        RowEncoders.LoadTokenizer(
            DataSettings.Of(options),
            options.Tokenizer,
            options.BaseModel ?? Path.GetDirectoryName(Path.GetFullPath(options.InitFromConfig!))!
        );

    private static void AddSummary(TrainerState state, double totalLoss, int firstStep, int batchSize, TimeSpan elapsed)
    {
        var seconds = Math.Max(elapsed.TotalSeconds, 1e-9);
        var steps = state.GlobalStep - firstStep;
        state.LogHistory.Add(
            new LogEntry(
                state.GlobalStep,
                state.Epoch,
                new Dictionary<string, double>(StringComparer.Ordinal)
                {
                    ["total_flos"] = state.FloatingPointOperations,
                    ["train_loss"] = totalLoss / Math.Max(state.GlobalStep, 1),
                    ["train_runtime"] = seconds,
                    ["train_samples_per_second"] = (double)steps * batchSize / seconds,
                    ["train_steps_per_second"] = steps / seconds,
                }
            )
        );
    }
}
