using Luthier.Formats;
using Luthier.Formats.Weights;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Checkpoints;

/// <summary>Finds every parameter of a model among the tensors of its files.</summary>
internal static class WeightMap
{
    private const int NamesShown = 8;
    private const string EmbeddingWeight = $"{ModelLayout.EmbeddingName}.weight";
    private const string HeadWeight = $"{ModelLayout.HeadName}.weight";

    /// <summary>Each parameter with the name that its values have in the files.</summary>
    /// <exception cref="InvalidFileException">Names every tensor that is missing, unknown or of a wrong shape or type.</exception>
    public static List<(TensorInfo Parameter, string StoredName)> Resolve(ModelConfig config, WeightFiles files)
    {
        var found = new List<(TensorInfo, string)>();
        var missing = new List<string>();
        var unfit = new List<string>();
        var unknown = new HashSet<string>(files.Tensors.Keys, StringComparer.Ordinal);
        foreach (var parameter in ModelLayout.Parameters(config, DType.Float32))
        {
            var name = StoredName(config, files, parameter.Name);
            unknown.Remove(name);
            if (!files.Tensors.TryGetValue(name, out var stored))
            {
                missing.Add(parameter.Name);
            }
            else if (!stored.DType.IsFloatingPoint() || !stored.Shape.AsSpan().SequenceEqual(parameter.Shape))
            {
                unfit.Add($"{stored} (expected {Tensor.Format(parameter.Shape)} of floating-point numbers)");
            }
            else
            {
                found.Add((parameter, name));
            }
        }

        unknown.RemoveWhere(name => IsRedundant(config, name));
        Report(files.Path, missing, unfit, [.. unknown.Order(StringComparer.Ordinal)]);
        return found;
    }

    /// <summary>A tied embedding may be stored under the output projection's name.</summary>
    private static string StoredName(ModelConfig config, WeightFiles files, string name) =>
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

    private static void Report(string path, List<string> missing, List<string> unfit, List<string> unknown)
    {
        var problems = new List<string>();
        Add("is missing", missing);
        Add("has a wrong shape or type for", unfit);
        Add("has unknown", unknown);
        if (problems.Count > 0)
        {
            throw new InvalidFileException(
                path,
                $"does not hold the weights that {ModelConfig.FileName} describes: it {string.Join("; it ", problems)}"
            );
        }

        void Add(string what, List<string> names)
        {
            if (names.Count > 0)
            {
                var shown = string.Join(", ", names.Take(NamesShown));
                var rest = names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "";
                problems.Add($"{what} {names.Count} tensor{(names.Count == 1 ? "" : "s")}: {shown}{rest}");
            }
        }
    }
}
