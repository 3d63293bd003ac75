using Luthier.Formats.PyTorch;
using Luthier.Formats.Safetensors;
using Luthier.Tensors;

namespace Luthier.Formats.Weights;

/// <summary>
/// The weights of a model folder, whether they lie in one file or in shards, as one set of named tensors. Files are
/// mapped: nothing is read before it is used.
/// </summary>
public sealed class WeightFiles : ITensorFile
{
    private static readonly HashSet<string> TorchExtensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".bin",
        ".pt",
        ".pth",
        ".ckpt",
    };

    private readonly Dictionary<string, ITensorFile> homes = new(StringComparer.Ordinal);
    private readonly List<ITensorFile> files = [];
    private readonly OrderedDictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);

    private WeightFiles(string path) => Path = path;

    /// <summary>The file or index that was opened.</summary>
    public string Path { get; }

    /// <summary>What there is, by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <summary>
    /// Opens what a model folder has: model.safetensors, else its index, else pytorch_model.bin, else its index.
    /// </summary>
    /// <exception cref="InvalidFileException">There is none, or a file is unsound or lacks a tensor.</exception>
    public static WeightFiles Open(string folder)
    {
        foreach (var naming in WeightNaming.Models)
        {
            var single = System.IO.Path.Combine(folder, naming.Single);
            if (File.Exists(single))
            {
                return OpenFile(single);
            }

            var index = System.IO.Path.Combine(folder, naming.Index);
            if (File.Exists(index))
            {
                return OpenIndex(index);
            }
        }

        var names = WeightNaming.Models.SelectMany(naming => new[] { naming.Single, naming.Index });
        throw new InvalidFileException(folder, $"has none of {string.Join(", ", names)}");
    }

    /// <summary>Opens one file of weights: .bin, .pt, .pth and .ckpt as torch.save writes them, others as safetensors.</summary>
    /// <exception cref="InvalidFileException">The file is unsound.</exception>
    public static WeightFiles OpenFile(string path)
    {
        var weights = new WeightFiles(path);
        var file = OpenTensorFile(path);
        weights.files.Add(file);
        foreach (var name in file.Tensors.Keys)
        {
            weights.Add(name, file);
        }

        return weights;
    }

    /// <summary>Opens the shards that an index names.</summary>
    /// <exception cref="InvalidFileException">Index or shards are unsound, or a shard lacks one of its tensors.</exception>
    public static WeightFiles OpenIndex(string path)
    {
        var weights = new WeightFiles(path);
        try
        {
            weights.OpenShards();
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>The data, without copying where the file's layout allows it. It must not be written to.</summary>
    /// <exception cref="InvalidFileException">There is no such tensor.</exception>
    public Tensor Get(string name) =>
        homes.TryGetValue(name, out var file)
            ? file.Get(name)
            : throw new InvalidFileException(Path, $"has no tensor '{name}'");

    /// <summary>The file that holds a tensor.</summary>
    /// <exception cref="InvalidFileException">There is no such tensor.</exception>
    public string FileOf(string name) =>
        homes.TryGetValue(name, out var file)
            ? file.Path
            : throw new InvalidFileException(Path, $"has no tensor '{name}'");

    public void Dispose()
    {
        foreach (var file in files)
        {
            file.Dispose();
        }
    }

    private static ITensorFile OpenTensorFile(string path) =>
        TorchExtensions.Contains(System.IO.Path.GetExtension(path)) ? TorchFile.Open(path) : SafetensorsFile.Open(path);

    private void OpenShards()
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        var opened = new Dictionary<string, ITensorFile>(StringComparer.Ordinal);
        foreach (var (name, fileName) in ShardIndex.Read(Path))
        {
            if (!opened.TryGetValue(fileName, out var file))
            {
                var shard = System.IO.Path.Combine(folder, fileName);
                if (!File.Exists(shard))
                {
                    throw new InvalidFileException(Path, $"tensor '{name}' is in {fileName}, which is not there");
                }

                file = OpenTensorFile(shard);
                opened.Add(fileName, file);
                files.Add(file);
            }

            if (!file.Tensors.ContainsKey(name))
            {
                throw new InvalidFileException(file.Path, $"has no tensor '{name}', which {Path} says is there");
            }

            Add(name, file);
        }
    }

    private void Add(string name, ITensorFile file)
    {
        homes.Add(name, file);
        tensors.Add(name, file.Tensors[name]);
    }
}
