using Luthier.Formats;
using Luthier.Formats.Weights;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Checkpoints;

/// <summary>Loads a Hugging Face model folder: config.json and weights in safetensors or PyTorch files, whole or in shards.</summary>
public static class ModelLoader
{
    /// <param name="folder">The model's folder.</param>
    /// <param name="options">Null: weights as they are in the files, read-only.</param>
    /// <exception cref="IOException">A file can't be opened.</exception>
    /// <exception cref="InvalidFileException">
    /// A file is not what it should be. Tensors that are missing, unknown or of a wrong shape are all named at once.
    /// </exception>
    public static Transformer Load(string folder, LoadOptions? options = null)
    {
        options ??= new LoadOptions();
        var config = ModelConfig.Load(folder);
        var generation = GenerationConfig.Load(folder, config);
        var files = WeightFiles.Open(folder);
        try
        {
            var weights = WeightMap
                .Resolve(config, files)
                .ToDictionary(
                    item => item.Parameter.Name,
                    item => Place(files.Get(item.StoredName), options),
                    StringComparer.Ordinal
                );
            return new Transformer(config, weights, files) { Generation = generation, Folder = folder };
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>The tensor itself where it can stay in the file, otherwise a copy.</summary>
    private static Tensor Place(Tensor stored, LoadOptions options)
    {
        // Weights are computed with in 16 or 32 bits; a float64 file is narrowed.
        var kept = stored.DType == DType.Float64 ? DType.Float32 : stored.DType;
        var dtype = options.DType ?? kept;
        if (dtype == stored.DType && !options.Writable && IsAligned(stored))
        {
            return stored;
        }

        var copy = Tensor.Create(dtype, stored.Shape);
        Conversion.Copy(stored, copy);
        return copy;
    }

    private static unsafe bool IsAligned(Tensor tensor) => (nint)tensor.Data % tensor.DType.Size() == 0;
}
