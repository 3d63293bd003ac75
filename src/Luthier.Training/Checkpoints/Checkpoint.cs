using Luthier.Formats;
using Luthier.Formats.Safetensors;
using Luthier.Formats.Weights;
using Luthier.Tensors;
using Luthier.Training.Logging;
using Luthier.Training.Optimizers;
using Luthier.Training.Tuning;

namespace Luthier.Training.Checkpoints;

/// <summary>The content of one checkpoint folder: weights, optimizer, log, and what resuming needs.</summary>
internal static class Checkpoint
{
    private const string OptimizerName = "optimizer.safetensors";

    public static void Write(
        string folder,
        ITuningMethod method,
        AdamW optimizer,
        TrainerState state,
        RunPlan plan,
        ResumeState resume
    )
    {
        method.Save(folder);
        SafetensorsWriter.Write(Path.Combine(folder, OptimizerName), optimizer.State());
        state.Write(folder, plan);
        resume.Write(folder);
    }

    /// <summary>Reads back a folder just written.</summary>
    /// <exception cref="InvalidFileException">It is not what was written.</exception>
    public static void Verify(string folder, ITuningMethod method, AdamW optimizer)
    {
        // The tensors are compared with memory, which says more than their hashes.
        ResumeState.Read(folder, checkFiles: false);
        TrainerState.Read(folder);
        method.Verify(folder);
        using var file = WeightFiles.OpenFile(Path.Combine(folder, OptimizerName));
        WrittenTensors.Check(file, [.. optimizer.State().Select(s => new TrainedTensor(s.Name, s.Tensor))]);
    }

    /// <summary>Gives the optimizer the moments of a checkpoint.</summary>
    /// <exception cref="InvalidFileException">They belong to other weights.</exception>
    public static void RestoreOptimizer(string folder, AdamW optimizer, long steps)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, OptimizerName));
        foreach (var (name, tensor) in optimizer.State())
        {
            var stored = file.Get(name);
            if (stored.DType != DType.Float32 || !stored.Shape.SequenceEqual(tensor.Shape))
            {
                throw new InvalidFileException(
                    file.Path,
                    $"has {stored.Describe()}, expected {DType.Float32}{Tensor.Format(tensor.Shape)}"
                );
            }

            Conversion.Copy(stored, tensor);
        }

        optimizer.Steps = steps;
    }
}
