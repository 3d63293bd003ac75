using Luthier.Formats.TensorBoard;

namespace Luthier.Training.Logging;

/// <summary>The entries of the log as TensorBoard events, with the tags that the Transformers trainer uses.</summary>
internal sealed class TensorBoardLog(string outputFolder, TimeProvider time) : IDisposable
{
    private const string EvaluationPrefix = "eval_";

    private readonly EventFileWriter events = new(Path.Combine(outputFolder, "runs"), time);

    public void Write(LogEntry entry)
    {
        foreach (var (name, value) in entry.Values)
        {
            var tag = name.StartsWith(EvaluationPrefix, StringComparison.Ordinal)
                ? $"eval/{name[EvaluationPrefix.Length..]}"
                : $"train/{name}";
            events.Scalar(tag, value, entry.Step);
        }

        events.Scalar("train/epoch", entry.Epoch, entry.Step);
    }

    public void Dispose() => events.Dispose();
}
