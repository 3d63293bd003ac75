using System.Diagnostics.CodeAnalysis;
using Luthier.Formats;
using Luthier.Training.Logging;
using Luthier.Training.Options;
using Luthier.Training.Tuning;

namespace Luthier.Training.Checkpoints;

/// <summary>The checkpoint that a run goes on from, read and checked.</summary>
internal sealed record ResumePoint(string Folder, ResumeState Resume, TrainerState State)
{
    /// <summary>What --resume-from-checkpoint asks for; null where it asks for nothing.</summary>
    /// <exception cref="InvalidFileException">The folder is no checkpoint, or damaged.</exception>
    /// <exception cref="InvalidOptionsException">There is none.</exception>
    public static ResumePoint? Find(TuneOptions options, CheckpointStore store)
    {
        var asked = options.ResumeFromCheckpoint;
        string folder;
        if (IsNewest(asked))
        {
            folder = store.Newest() ?? throw new InvalidOptionsException([NoneIn(options.OutputDir!)]);
        }
        else if (IsFolder(asked))
        {
            folder = Path.TrimEndingDirectorySeparator(asked);
        }
        else
        {
            return null;
        }

        return new ResumePoint(folder, ResumeState.Read(folder), TrainerState.Read(folder));
    }

    /// <summary>Whether a value of --resume-from-checkpoint asks for the newest checkpoint of the output folder.</summary>
    public static bool IsNewest(string? asked) => string.Equals(asked, "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a value of --resume-from-checkpoint names a checkpoint.</summary>
    public static bool IsFolder([NotNullWhen(true)] string? asked) =>
        asked is not null && !IsNewest(asked) && !asked.Equals("false", StringComparison.OrdinalIgnoreCase);

    /// <summary>The problem that an output folder has no checkpoint.</summary>
    public static string NoneIn(string outputFolder) => $"--resume-from-checkpoint: {outputFolder} has no checkpoint";

    /// <summary>Whether a run can go on from here.</summary>
    /// <param name="options">What the run trains.</param>
    /// <param name="identity">What decides which rows its steps take.</param>
    /// <param name="plan">Its steps.</param>
    /// <exception cref="InvalidFileException">
    /// It trains other weights than the run that wrote the checkpoint, takes other rows, or ends earlier.
    /// </exception>
    public void Check(TuneOptions options, IReadOnlyDictionary<string, string> identity, RunPlan plan)
    {
        var ofAll = !File.Exists(Path.Combine(Folder, LoraMethod.ConfigName));
        if (ofAll != options.TrainsAllWeights)
        {
            throw new InvalidFileException(
                Folder,
                $"was made with method {MethodName(ofAll)}, but this run has {MethodName(options.TrainsAllWeights)}"
            );
        }

        foreach (var (name, value) in identity)
        {
            var stored = Resume.Data.GetValueOrDefault(name, "none");
            if (!string.Equals(stored, value, StringComparison.Ordinal))
            {
                throw new InvalidFileException(
                    Folder,
                    string.Equals(name, "data", StringComparison.Ordinal)
                        ? "was made with other training data (or tokenizer, template, cutoff length or labels)"
                        : $"was made with {name} {stored}, but this run has {value}"
                );
            }
        }

        if (State.GlobalStep > plan.TotalSteps)
        {
            throw new InvalidFileException(
                Folder,
                $"was made after {State.GlobalStep} steps, but this run ends after {plan.TotalSteps}"
            );
        }
    }

    /// <summary>
    /// Where the best checkpoint so far is now: the folders may have been moved, but stay together. If it is gone, the
    /// best is looked for anew.
    /// </summary>
    /// <returns>False if it is gone.</returns>
    public bool FindBest()
    {
        if (State.BestCheckpoint is not { } recorded)
        {
            return true;
        }

        var beside = Path.Combine(Path.GetDirectoryName(Folder) ?? "", Path.GetFileName(recorded));
        State.BestCheckpoint = Directory.Exists(beside) ? beside : recorded;
        if (Directory.Exists(State.BestCheckpoint))
        {
            return true;
        }

        (State.BestCheckpoint, State.BestMetric) = (null, null);
        return false;
    }

    private static string MethodName(bool ofAllWeights) => ofAllWeights ? "full" : "lora";
}
