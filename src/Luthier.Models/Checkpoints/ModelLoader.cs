using Luthier.Formats;
using Luthier.Formats.Gguf;
using Luthier.Formats.Weights;
using Luthier.Models.Configuration;
using Luthier.Models.Gguf;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Checkpoints;

/// <summary>
/// Loads a Hugging Face model folder (config.json and weights in safetensors or PyTorch files, whole or in shards), or
/// a GGUF file.
/// </summary>
public static class ModelLoader
{
    /// <param name="path">The model's folder or GGUF file.</param>
    /// <param name="options">Null: weights as they are in the files, read-only.</param>
    /// <exception cref="IOException">A file can't be opened.</exception>
    /// <exception cref="InvalidFileException">
    /// A file is not what it should be. Tensors that are missing, unknown or of a wrong shape are all named at once.
    /// </exception>
    public static Transformer Load(string path, LoadOptions? options = null)
    {
        options ??= new LoadOptions();
        var config = ModelConfig.Load(path);
        var generation = GenerationConfig.Load(path, config);
        var files = OpenWeights(path, config);
        try
        {
            var weights = WeightMap
                .Resolve(config, files)
                .ToDictionary(
                    item => item.Parameter.Name,
                    item => Place(item.Parameter, files.Get(item.StoredName), config, options, files.Path),
                    StringComparer.Ordinal
                );
            return new Transformer(config, weights, files) { Generation = generation, Origin = path };
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>The files of a folder, or a GGUF file, by the names and in the layout of the model.</summary>
    internal static ITensorFile OpenWeights(string path, ModelConfig config) =>
        GgufFile.Is(path) ? new GgufWeights(GgufFile.Open(path), config) : WeightFiles.Open(path);

    /// <summary>The tensor itself where it can stay in the file, otherwise a copy.</summary>
    private static Tensor Place(
        TensorInfo parameter,
        Tensor stored,
        ModelConfig config,
        LoadOptions options,
        string path
    )
    {
        var dtype = TypeOf(parameter, stored.DType, config, options);
        if (dtype == stored.DType && !options.Writable && IsAligned(stored))
        {
            return stored;
        }

        if (dtype.IsQuantized() && stored.DType.IsQuantized() && dtype != stored.DType)
        {
            throw new InvalidFileException(
                path,
                $"{stored.Describe()} is quantized already; expected float32, bfloat16 or float16 to quantize it"
            );
        }

        if (dtype.IsQuantized() && dtype != stored.DType)
        {
            CheckFinite(stored, path);
        }

        var copy = Tensor.Create(dtype, stored.Shape);
        Conversion.Copy(stored, copy, options.Threads > 0 ? options.Threads : Environment.ProcessorCount);
        return copy;
    }

    /// <summary>For weights to be quantized: one element that is no number would spoil its whole block.</summary>
    /// <exception cref="InvalidFileException">An element is NaN or infinite.</exception>
    internal static void CheckFinite(Tensor stored, string path)
    {
        if (!Conversion.IsFinite(stored))
        {
            throw new InvalidFileException(
                path,
                $"{stored.Describe()} has elements that are NaN or infinite; expected finite numbers to quantize"
            );
        }
    }

    private static DType TypeOf(TensorInfo parameter, DType stored, ModelConfig config, LoadOptions options)
    {
        if (options.Quantization is { } mix && parameter.Shape.Length == 2)
        {
            return mix.TypeOf(parameter, config);
        }

        if (stored.IsQuantized())
        {
            return options.Writable ? options.DType ?? DType.Float32 : stored;
        }

        // Weights are computed with in 16 or 32 bits; a float64 file is narrowed.
        return options.DType ?? (stored == DType.Float64 ? DType.Float32 : stored);
    }

    // Blocks lie at any place.
    private static unsafe bool IsAligned(Tensor tensor) =>
        tensor.DType.IsQuantized() || (nint)tensor.Data % tensor.DType.Size() == 0;
}
