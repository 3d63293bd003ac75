using System.Text.Json.Nodes;
using Luthier.Formats;
using Luthier.Formats.Json;

namespace Luthier.Training.Checkpoints;

/// <summary>
/// What continues a run exactly where it was, besides weights, optimizer and log. The order of rows, dropout and the
/// learning rate follow from seed and step, so that there are no generators to restore.
/// </summary>
/// <param name="OptimizerSteps">Steps of the optimizer.</param>
/// <param name="LossSum">Sum of the losses of the steps since the last entry of the log.</param>
/// <param name="LossSteps">Number of those steps.</param>
/// <param name="TotalLoss">Sum of the losses of all steps.</param>
/// <param name="SavedAt">When the checkpoint was made.</param>
/// <param name="Data">What decides which rows a step takes, by name; a resumed run must have the same.</param>
internal sealed record ResumeState(
    long OptimizerSteps,
    double LossSum,
    int LossSteps,
    double TotalLoss,
    DateTimeOffset SavedAt,
    IReadOnlyDictionary<string, string> Data
)
{
    public const string FileName = "resume_state.json";
    private const int Version = 1;
    private const long MaxMilliseconds = 253_402_300_799_999;

    /// <summary>Writes the file last: it holds the hashes of all others in the folder.</summary>
    public void Write(string folder)
    {
        var data = new JsonObject();
        foreach (var (name, value) in Data)
        {
            data[name] = value;
        }

        PythonJson.Write(
            Path.Combine(folder, FileName),
            new JsonObject
            {
                ["version"] = Version,
                ["optimizer_steps"] = OptimizerSteps,
                ["loss_sum"] = LossSum,
                ["loss_steps"] = LossSteps,
                ["total_loss"] = TotalLoss,
                ["saved_at"] = SavedAt.ToUnixTimeMilliseconds(),
                ["data"] = data,
                ["files"] = Manifest.Of(folder),
            }
        );
    }

    /// <summary>Reads the file, and checks every other file of the folder against its hash.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="checkFiles">False leaves the other files alone.</param>
    /// <exception cref="InvalidFileException">The folder is no checkpoint of this program, or damaged.</exception>
    public static ResumeState Read(string folder, bool checkFiles = true)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            throw new InvalidFileException(
                folder,
                $"has no {FileName}, expected a checkpoint of luthier tune (weights alone can be given to --lora-init)"
            );
        }

        var json = JsonFile.Read(path);
        if (json["version"].AsInt64() is var version && version != Version)
        {
            throw json["version"].Invalid($"is {version}, expected {Version}");
        }

        if (checkFiles)
        {
            Manifest.Check(folder, json["files"]);
        }

        return new ResumeState(
            json["optimizer_steps"].AsInt64(0),
            json["loss_sum"].AsDouble(),
            json["loss_steps"].AsInt32(0),
            json["total_loss"].AsDouble(),
            DateTimeOffset.FromUnixTimeMilliseconds(json["saved_at"].AsInt64(0, MaxMilliseconds)),
            json["data"].Members().ToDictionary(m => m.Key, m => m.Value.AsString(), StringComparer.Ordinal)
        );
    }

    /// <summary>When a checkpoint was made; of one that can't be read, when its folder was.</summary>
    public static DateTimeOffset SavedAtOf(string folder)
    {
        try
        {
            return Read(folder, checkFiles: false).SavedAt;
        }
        catch (Exception exception) when (exception is InvalidFileException or IOException)
        {
            // Damaged, or just removed by the run that it belongs to.
            return new DateTimeOffset(Directory.GetLastWriteTimeUtc(folder), TimeSpan.Zero);
        }
    }
}
