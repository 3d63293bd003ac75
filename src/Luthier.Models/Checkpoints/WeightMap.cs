using Luthier.Formats;
using Luthier.Models.Configuration;
using Luthier.Models.Gguf;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Checkpoints;

/// <summary>Finds every parameter of a model among the tensors of its files.</summary>
internal static class WeightMap
{
    private const string EmbeddingWeight = $"{ModelLayout.EmbeddingName}.weight";
    private const string HeadWeight = $"{ModelLayout.HeadName}.weight";

    /// <summary>Each parameter with the name that its values have in the files.</summary>
    /// <exception cref="InvalidFileException">Names every tensor that is missing, unknown or of a wrong shape or type.</exception>
    public static List<(TensorInfo Parameter, string StoredName)> Resolve(ModelConfig config, ITensorFile files)
    {
        var found = new List<(TensorInfo, string)>();
        var problems = new TensorProblems();
        var unknown = new HashSet<string>(files.Tensors.Keys, StringComparer.Ordinal);
        foreach (var parameter in ModelLayout.Parameters(config, DType.Float32))
        {
            var name = StoredName(config, files, parameter.Name);
            unknown.Remove(name);
            if (!files.Tensors.TryGetValue(name, out var stored))
            {
                problems.Missing(parameter.Name);
            }
            else if (problems.Fits(stored, parameter.Shape))
            {
                found.Add((parameter, name));
            }
        }

        foreach (var name in unknown.Where(name => !IsRedundant(config, name)).Order(StringComparer.Ordinal))
        {
            problems.Unknown(name);
        }

        var source = files is GgufWeights ? "its metadata" : ModelConfig.FileName;
        problems.ThrowIfAny(files.Path, $"the weights that {source} describes");
        return found;
    }

    /// <summary>A tied embedding may be stored under the output projection's name.</summary>
    private static string StoredName(ModelConfig config, ITensorFile files, string name) =>
        config.TiedEmbeddings
        && string.Equals(name, EmbeddingWeight, StringComparison.Ordinal)
        && !files.Tensors.ContainsKey(name)
        && files.Tensors.ContainsKey(HeadWeight)
            ? HeadWeight
            : name;

    /// <summary>Tensors that follow from the configuration, which some exports store all the same.</summary>
    private static bool IsRedundant(ModelConfig config, string name) =>
        name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal)
        || (config.TiedEmbeddings && string.Equals(name, HeadWeight, StringComparison.Ordinal));
}
