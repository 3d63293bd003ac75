using System.Text.Json.Nodes;
using Luthier.Formats.Json;

namespace Luthier.Training.Logging;

/// <summary>What a run has done so far, as trainer_state.json of Transformers tells it.</summary>
public sealed class TrainerState
{
    /// <summary>Name of the file in the output folder and in every checkpoint.</summary>
    public const string FileName = "trainer_state.json";

    /// <summary>Optimizer steps taken.</summary>
    public int GlobalStep { get; set; }

    /// <summary>Passes over the data, with a fraction.</summary>
    public double Epoch { get; set; }

    /// <summary>Least evaluation loss so far; null before the first evaluation.</summary>
    public double? BestMetric { get; set; }

    /// <summary>Folder of the checkpoint that had it.</summary>
    public string? BestCheckpoint { get; set; }

    /// <summary>Tokens that went through the model in training.</summary>
    public long TokensSeen { get; set; }

    /// <summary>Floating-point operations of the training so far: 6 a parameter and token, as Transformers counts.</summary>
    public double FloatingPointOperations { get; set; }

    /// <summary>Everything logged, oldest first.</summary>
    public IList<LogEntry> LogHistory { get; init; } = [];

    /// <summary>Writes the file beside its place and renames it.</summary>
    internal void Write(string folder, RunPlan plan) =>
        PythonJson.Write(
            Path.Combine(folder, FileName),
            new JsonObject
            {
                ["best_metric"] = BestMetric,
                ["best_model_checkpoint"] = BestCheckpoint,
                ["epoch"] = Epoch,
                ["eval_steps"] = plan.EvalSteps,
                ["global_step"] = GlobalStep,
                ["is_hyper_param_search"] = false,
                ["is_local_process_zero"] = true,
                ["is_world_process_zero"] = true,
                ["log_history"] = new JsonArray([.. LogHistory.Select(entry => entry.ToJson())]),
                ["logging_steps"] = plan.LoggingSteps,
                ["max_steps"] = plan.TotalSteps,
                ["num_input_tokens_seen"] = TokensSeen,
                ["num_train_epochs"] = (int)Math.Ceiling(plan.Epochs),
                ["save_steps"] = plan.SaveSteps,
                ["stateful_callbacks"] = StatefulCallbacks(),
                ["total_flos"] = FloatingPointOperations,
                ["train_batch_size"] = plan.MicroBatchSize,
                ["trial_name"] = null,
                ["trial_params"] = null,
            }
        );

    /// <exception cref="Luthier.Formats.InvalidFileException">The file is damaged, or not a trainer's state.</exception>
    internal static TrainerState Read(string folder)
    {
        var json = JsonFile.Read(Path.Combine(folder, FileName));
        return new TrainerState
        {
            GlobalStep = json["global_step"].AsInt32(0),
            Epoch = json["epoch"].AsDouble(),
            BestMetric = json.Find("best_metric")?.AsDouble(),
            BestCheckpoint = json.Find("best_model_checkpoint")?.AsString(),
            TokensSeen = json["num_input_tokens_seen"].AsInt64(0),
            FloatingPointOperations = json["total_flos"].AsDouble(),
            LogHistory = [.. json["log_history"].Items().Select(LogEntry.FromJson)],
        };
    }

    private static JsonObject StatefulCallbacks() =>
        new()
        {
            ["TrainerControl"] = new JsonObject
            {
                ["args"] = new JsonObject
                {
                    ["should_epoch_stop"] = false,
                    ["should_evaluate"] = false,
                    ["should_log"] = false,
                    ["should_save"] = true,
                    ["should_training_stop"] = false,
                },
                ["attributes"] = new JsonObject(),
            },
        };
}
