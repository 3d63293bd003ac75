using Luthier.Formats.Files;
using Luthier.Formats.PyTorch;
using Luthier.Formats.Safetensors;

namespace Luthier.Formats.Weights;

/// <summary>Writes the weights of a model folder, in shards where they are large.</summary>
public static class WeightWriter
{
    /// <summary>What Transformers takes when nothing is said.</summary>
    public const long DefaultMaxShardBytes = 5_000_000_000;

    /// <summary>
    /// Writes all files beside their places, then moves them there, and only then removes weight files that an earlier
    /// export left in the folder (of either format: a reader would take them for this model's).
    /// </summary>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="tensors">In the model's order, which the shards follow.</param>
    /// <param name="naming">File names and, by their extension, the format.</param>
    /// <param name="maxShardBytes">See <see cref="ShardPlan"/>.</param>
    /// <returns>What was written.</returns>
    public static ShardPlan Write(
        string folder,
        IReadOnlyCollection<TensorSource> tensors,
        WeightNaming naming,
        long maxShardBytes = DefaultMaxShardBytes
    )
    {
        var plan = ShardPlan.Create(tensors.Select(source => source.Info), maxShardBytes, naming);
        var sources = tensors.ToDictionary(source => source.Info.Name, StringComparer.Ordinal);
        Directory.CreateDirectory(folder);
        using (var pending = new PendingFiles())
        {
            foreach (var shard in plan.Shards)
            {
                TensorSource[] content = [.. shard.Tensors.Select(tensor => sources[tensor.Name])];
                pending.Write(
                    Path.Combine(folder, shard.FileName),
                    stream => WriteFile(stream, shard.FileName, content)
                );
            }

            if (plan.HasIndex)
            {
                var index = ShardIndex.Serialize(plan);
                pending.Write(Path.Combine(folder, naming.Index), stream => stream.Write(index));
            }

            pending.Commit();
        }

        DeleteStale(folder, plan);
        return plan;
    }

    private static void WriteFile(Stream stream, string fileName, TensorSource[] content)
    {
        if (string.Equals(Path.GetExtension(fileName), WeightNaming.PyTorch.Extension, StringComparison.Ordinal))
        {
            TorchWriter.Write(stream, Path.GetFileNameWithoutExtension(fileName), content);
        }
        else
        {
            SafetensorsWriter.Write(stream, content, SafetensorsWriter.PyTorchMetadata);
        }
    }

    private static void DeleteStale(string folder, ShardPlan plan)
    {
        var written = plan.Shards.Select(shard => shard.FileName).ToHashSet(StringComparer.Ordinal);
        if (plan.HasIndex)
        {
            written.Add(plan.Naming.Index);
        }

        foreach (var file in Directory.EnumerateFiles(folder))
        {
            var name = Path.GetFileName(file);
            if (!written.Contains(name) && WeightNaming.Models.Any(naming => naming.Covers(name)))
            {
                File.Delete(file);
            }
        }
    }
}
