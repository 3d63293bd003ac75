using System.Text;
using Luthier.Formats;
using Luthier.Formats.Files;
using Luthier.Formats.Safetensors;
using Luthier.Formats.Weights;
using Luthier.Models.Transformers;

namespace Luthier.Models.Adapters;

public sealed partial class Adapter
{
    private const string WeightsName = "adapter_model.safetensors";
    private const string LegacyWeightsName = "adapter_model.bin";

    /// <summary>Puts an adapter from PEFT files on a model, not trainable.</summary>
    /// <param name="folderOrFile">A folder with adapter_config.json and weights, or a file of weights beside it.</param>
    /// <param name="config">Options to take instead of those of adapter_config.json.</param>
    /// <param name="attach">Whether the model computes with it at once; otherwise the model stays as it is.</param>
    /// <exception cref="IOException">A file can't be opened.</exception>
    /// <exception cref="InvalidFileException">
    /// A file is not what it should be, or does not fit the model; all tensors that are missing, unknown or of a wrong
    /// shape are named.
    /// </exception>
    public static Adapter Load(Transformer model, string folderOrFile, LoraConfig? config = null, bool attach = true)
    {
        var isFolder = Directory.Exists(folderOrFile);
        var folder = isFolder ? folderOrFile : Path.GetDirectoryName(Path.GetFullPath(folderOrFile))!;
        var configPath = Path.Combine(folder, LoraConfigFile.FileName);
        config ??= LoraConfigFile.Read(configPath);
        LoraTargets targets;
        try
        {
            targets = LoraTargets.Resolve(model.Config, config);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidFileException(configPath, exception.Message, exception);
        }

        using var files = WeightFiles.OpenFile(isFolder ? FindWeights(folder) : folderOrFile);
        return new Adapter(model, targets, new AdapterReader(model, targets, files).Read(), attach);
    }

    /// <summary>Writes the adapter as PEFT does: adapter_config.json and adapter_model.safetensors, together.</summary>
    /// <param name="folder">Made if it is not there.</param>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        var named = Config with { BaseModel = Config.BaseModel ?? Model.Origin };
        var text = Encoding.UTF8.GetBytes(LoraConfigFile.Serialize(named));
        var tensors = parts
            .SelectMany(part => part.Stored)
            .Select(item => TensorSource.From(AdapterNames.Prefix + item.Name, item.Tensor))
            .ToArray();
        using var pending = new PendingFiles();
        pending.Write(
            Path.Combine(folder, WeightsName),
            stream => SafetensorsWriter.Write(stream, tensors, SafetensorsWriter.PyTorchMetadata)
        );
        pending.Write(Path.Combine(folder, LoraConfigFile.FileName), stream => stream.Write(text));
        pending.Commit();
    }

    private static string FindWeights(string folder)
    {
        foreach (var name in (ReadOnlySpan<string>)[WeightsName, LegacyWeightsName])
        {
            if (File.Exists(Path.Combine(folder, name)))
            {
                return Path.Combine(folder, name);
            }
        }

        throw new InvalidFileException(folder, $"has neither {WeightsName} nor {LegacyWeightsName}");
    }
}
