using System.Globalization;
using Luthier.Training.Logging;

namespace Luthier.Training.Checkpoints;

/// <summary>
/// The folders <c>checkpoint-N</c> of a run. One is written under another name, read back and renamed, so that every
/// folder with that name is complete; only then are older ones removed.
/// </summary>
/// <param name="outputFolder">The run's output folder.</param>
/// <param name="limit">Newest checkpoints to keep; 0: all.</param>
internal sealed class CheckpointStore(string outputFolder, int limit)
{
    private const string Prefix = "checkpoint-";
    private const string Unfinished = ".unfinished-";
    private const string Replaced = ".replaced-";

    /// <summary>Folder of the checkpoint after <paramref name="step"/> steps, whether it exists or not.</summary>
    public string FolderOf(int step) =>
        Path.Combine(outputFolder, $"{Prefix}{step.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>
    /// The complete checkpoints, oldest first by the time they were made: those of an earlier run in the same folder
    /// may have more steps.
    /// </summary>
    public IReadOnlyList<string> All() =>
        Directory.Exists(outputFolder)
            ?
            [
                .. Directory
                    .EnumerateDirectories(outputFolder, $"{Prefix}*")
                    .Select(folder => (Folder: folder, Step: StepOf(folder)))
                    .Where(entry => entry.Step >= 0)
                    .OrderBy(entry => ResumeState.SavedAtOf(entry.Folder))
                    .ThenBy(entry => entry.Step)
                    .Select(entry => entry.Folder),
            ]
            : [];

    /// <summary>The last complete checkpoint, or null.</summary>
    public string? Newest() => All() is [.., var newest] ? newest : null;

    /// <summary>Removes what a run that was killed left half written or half removed.</summary>
    public void RemoveUnfinished()
    {
        if (!Directory.Exists(outputFolder))
        {
            return;
        }

        foreach (var folder in Directory.EnumerateDirectories(outputFolder, $"{Unfinished}*"))
        {
            Remove(folder);
        }

        // Killed between taking one away and putting its successor there: the old one is still good.
        foreach (var folder in Directory.EnumerateDirectories(outputFolder, $"{Replaced}*"))
        {
            var place = Path.Combine(outputFolder, Path.GetFileName(folder)[Replaced.Length..]);
            if (Directory.Exists(place))
            {
                Remove(folder);
            }
            else
            {
                Directory.Move(folder, place);
            }
        }
    }

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="step">Optimizer steps taken.</param>
    /// <param name="write">Fills a new folder.</param>
    /// <param name="verify">Reads the folder back, and throws where it is not what was written.</param>
    /// <returns>The checkpoint's folder.</returns>
    public string Write(int step, Action<string> write, Action<string> verify)
    {
        Directory.CreateDirectory(outputFolder);
        var target = FolderOf(step);
        var name = Path.GetFileName(target);
        var pending = Path.Combine(outputFolder, Unfinished + name);
        Remove(pending);
        Directory.CreateDirectory(pending);
        try
        {
            write(pending);
            verify(pending);
            Replace(target, pending);
            return target;
        }
        catch
        {
            Remove(pending);
            throw;
        }
    }

    /// <summary>Removes all but the newest checkpoints and the best one.</summary>
    public void Prune(string? best)
    {
        if (limit == 0)
        {
            return;
        }

        var kept = best is null ? null : Path.GetFileName(best);
        foreach (var folder in All().SkipLast(limit))
        {
            if (!string.Equals(Path.GetFileName(folder), kept, StringComparison.Ordinal))
            {
                Retire(folder);
            }
        }
    }

    private void Replace(string target, string pending)
    {
        var replaced = Path.Combine(outputFolder, Replaced + Path.GetFileName(target));
        if (Directory.Exists(target))
        {
            Directory.Move(target, replaced);
        }

        Directory.Move(pending, target);
        Remove(replaced);
    }

    // A folder half removed must not look like a checkpoint.
    private void Retire(string folder)
    {
        if (Directory.Exists(folder))
        {
            var retired = Path.Combine(outputFolder, $"{Unfinished}old-{Path.GetFileName(folder)}");
            Remove(retired);
            Directory.Move(folder, retired);
            Remove(retired);
        }
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int StepOf(string folder) =>
        int.TryParse(
            Path.GetFileName(folder.AsSpan())[Prefix.Length..],
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var step
        ) && File.Exists(Path.Combine(folder, TrainerState.FileName))
            ? step
            : -1;
}
