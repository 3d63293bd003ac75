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
/// <param name="Data">What decides which rows a step takes, by name; a resumed run must have the same.</param>
internal sealed record ResumeState(
    long OptimizerSteps,
    double LossSum,
    int LossSteps,
    double TotalLoss,
    IReadOnlyDictionary<string, string> Data
)
{
    public const string FileName = "resume_state.json";
    private const int Version = 1;

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
                ["data"] = data,
                ["files"] = Manifest.Of(folder),
            }
        );
    }

    /// <summary>Reads the file, after checking every other file of the folder.</summary>
    /// <exception cref="InvalidFileException">The folder is no checkpoint of this program, or damaged.</exception>
    public static ResumeState Read(string folder)
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

        Manifest.Check(folder, json["files"]);
        return new ResumeState(
            json["optimizer_steps"].AsInt64(0),
            json["loss_sum"].AsDouble(),
            json["loss_steps"].AsInt32(0),
            json["total_loss"].AsDouble(),
            json["data"].Members().ToDictionary(m => m.Key, m => m.Value.AsString(), StringComparer.Ordinal)
        );
    }
}
