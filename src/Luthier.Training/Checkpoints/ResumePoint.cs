using Luthier.Formats;
using Luthier.Training.Logging;
using Luthier.Training.Options;

namespace Luthier.Training.Checkpoints;

/// <summary>The checkpoint that a run goes on from, read and checked.</summary>
internal sealed record ResumePoint(string Folder, ResumeState Resume, TrainerState State)
{
    /// <summary>What --resume-from-checkpoint asks for; null where it asks for nothing.</summary>
    /// <exception cref="InvalidFileException">The folder is no checkpoint, or damaged.</exception>
    /// <exception cref="InvalidOptionsException">There is none.</exception>
    public static ResumePoint? Find(TuneOptions options, CheckpointStore store)
    {
        if (options.ResumeFromCheckpoint is not { } asked || asked.Equals("false", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var newest = asked.Equals("true", StringComparison.OrdinalIgnoreCase);
        var folder = newest ? store.Newest() : asked;
        if (folder is null || !Directory.Exists(folder))
        {
            throw new InvalidOptionsException([
                newest
                    ? $"--resume-from-checkpoint: {options.OutputDir} has no checkpoint"
                    : $"--resume-from-checkpoint: {asked} is not a folder, expected a checkpoint or true",
            ]);
        }

        return new ResumePoint(folder, ResumeState.Read(folder), TrainerState.Read(folder));
    }

    /// <exception cref="InvalidFileException">The run would take other rows than the one that wrote the checkpoint.</exception>
    public void CheckData(IReadOnlyDictionary<string, string> identity)
    {
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
    }
}
