using Luthier.Formats;
using Luthier.Formats.Gguf;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Gguf;

/// <summary>
/// The weights of a GGUF file as a model has them: by its names, norms in its convention, and the rows of queries and
/// keys in its order. Only what differs is copied; everything else is a view of the mapped file.
/// </summary>
internal sealed class GgufWeights : ITensorFile
{
    private readonly GgufFile file;
    private readonly ModelConfig config;
    private readonly Dictionary<string, string> storedNames = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);

    /// <param name="file">Disposed of with this.</param>
    public GgufWeights(GgufFile file, ModelConfig config)
    {
        this.file = file;
        this.config = config;
        var names = ModelLayout
            .Parameters(config with { TiedEmbeddings = false }, DType.Float32)
            .ToDictionary(
                parameter => GgufNames.Of(parameter.Name, config),
                parameter => parameter.Name,
                StringComparer.Ordinal
            );
        foreach (var (stored, info) in file.Tensors)
        {
            // What has no name in the model keeps its own, for the loader to complain about.
            var name = names.GetValueOrDefault(stored, stored);
            if (!string.Equals(stored, GgufNames.RopeFactors, StringComparison.Ordinal))
            {
                storedNames.Add(name, stored);
                tensors.Add(name, new TensorInfo(name, info.DType, info.Shape));
            }
        }
    }

    public string Path => file.Path;

    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    public Tensor Get(string name)
    {
        if (!storedNames.TryGetValue(name, out var storedName))
        {
            throw new InvalidFileException(Path, $"has no tensor '{name}'");
        }

        return WeightLayout.FromFile(config, name, file.Get(storedName));
    }

    public void Dispose() => file.Dispose();
}
