using System.Text.Json.Nodes;
using Luthier.Formats.Json;

namespace Luthier.Training.Logging;

/// <summary>One entry of the log of a run: measurements by name after a step.</summary>
/// <param name="Step">Optimizer steps taken, from 1.</param>
/// <param name="Epoch">Passes over the data, with a fraction.</param>
/// <param name="Values">Such as <c>loss</c>, <c>learning_rate</c>, <c>grad_norm</c> or <c>eval_loss</c>.</param>
public sealed record LogEntry(int Step, double Epoch, IReadOnlyDictionary<string, double> Values)
{
    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["step"] = Step, ["epoch"] = Epoch };
        foreach (var (name, value) in Values)
        {
            json[name] = value;
        }

        return json;
    }

    /// <exception cref="Luthier.Formats.InvalidFileException">It is no entry of a log.</exception>
    internal static LogEntry FromJson(JsonField json)
    {
        Dictionary<string, double> values = new(StringComparer.Ordinal);
        foreach (var (name, value) in json.Members())
        {
            if (name is not ("step" or "epoch"))
            {
                values[name] = value.AsDouble();
            }
        }

        return new LogEntry(json["step"].AsInt32(0), json["epoch"].AsDouble(), values);
    }
}
