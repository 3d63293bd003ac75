using Luthier.Formats;
using Luthier.Formats.Files;
using Luthier.Formats.Json;
using Luthier.Formats.Weights;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Checkpoints;

/// <summary>Writes a model folder that Transformers loads unchanged.</summary>
public static class ModelSaver
{
    /// <summary>
    /// Writes weights (a tied one once), configuration, and the tokenizer files of the folder that the model came from.
    /// Every file is written beside its place and renamed; weight files of an earlier export are removed.
    /// </summary>
    /// <param name="folder">Made if it is not there.</param>
    /// <returns>The weight files written.</returns>
    /// <exception cref="IOException">The disk is full or refuses; complete files that were there are still there.</exception>
    public static ShardPlan Save(Transformer model, string folder, SaveOptions? options = null)
    {
        options ??= new SaveOptions();
        Directory.CreateDirectory(folder);
        var sources = Sources(model, options.DType).ToArray();
        var config = model.Config with { DType = options.DType ?? DTypeOf(model), TiedEmbeddings = model.IsTied };

        // The large files first: if the disk is too small for them, nothing has changed yet.
        var plan = WeightWriter.Write(folder, sources, options.Format, options.MaxShardBytes);
        PythonJson.Write(Path.Combine(folder, ModelConfig.FileName), config.ToJson());
        PythonJson.Write(Path.Combine(folder, GenerationConfig.FileName), model.Generation.ToJson());
        if (model.Origin is { } origin)
        {
            TokenizerFiles.Copy(TokenizerFiles.In(origin), folder);
        }

        return plan;
    }

    internal static bool IsSameFolder(string a, string b)
    {
        return string.Equals(Normalized(a), Normalized(b), StringComparison.Ordinal);

        static string Normalized(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
    }

    private static IEnumerable<TensorSource> Sources(Transformer model, DType? dtype)
    {
        foreach (var (name, tensor) in model.Parameters)
        {
            var target = dtype ?? Plain(tensor.DType);
            yield return target == tensor.DType
                ? TensorSource.From(name, tensor)
                : new TensorSource(new TensorInfo(name, target, tensor.Shape), () => Converted(tensor, target));
        }
    }

    /// <summary>The type that a model folder has for a weight: these files know no blocks.</summary>
    internal static DType Plain(DType dtype) => dtype.IsQuantized() ? DType.Float32 : dtype;

    private static Tensor Converted(Tensor tensor, DType dtype)
    {
        var converted = Tensor.Create(dtype, tensor.Shape);
        Conversion.Copy(tensor, converted);
        return converted;
    }

    /// <summary>The type that most elements have: a few weights may be kept in a wider one.</summary>
    private static DType DTypeOf(Transformer model) =>
        model
            .Parameters.GroupBy(parameter => Plain(parameter.Tensor.DType))
            .MaxBy(group => group.Sum(parameter => parameter.Tensor.Count))!
            .Key;
}
