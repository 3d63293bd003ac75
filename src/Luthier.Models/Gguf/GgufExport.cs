using Luthier.Formats;
using Luthier.Formats.Gguf;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Inspection;
using Luthier.Models.Quantization;
using Luthier.Tensors;

namespace Luthier.Models.Gguf;

/// <param name="Bytes">Of the file.</param>
/// <param name="Types">What it holds.</param>
/// <param name="Notes">What the file can't say of the model, a sentence each.</param>
public sealed record GgufReport(long Bytes, IReadOnlyList<TypeCount> Types, IReadOnlyList<string> Notes);

/// <summary>
/// Writes a model as a GGUF file, one tensor at a time: no more than the largest one is in memory beside the mapped
/// files that it comes from.
/// </summary>
public sealed class GgufExport : IDisposable
{
    private readonly string source;
    private readonly ModelConfig config;
    private readonly WeightMix mix;
    private readonly ITensorFile weights;
    private readonly List<(TensorInfo Parameter, string StoredName)> parameters;

    /// <param name="source">A model's folder or GGUF file.</param>
    /// <param name="mix">The types that weights get.</param>
    /// <exception cref="InvalidFileException">
    /// A file is not what it should be, or its weights are quantized already.
    /// </exception>
    public GgufExport(string source, WeightMix mix)
    {
        this.source = source;
        this.mix = mix;
        config = ModelConfig.Load(source);
        weights = ModelLoader.OpenWeights(source, config);
        try
        {
            parameters = WeightMap.Resolve(config, weights);
            foreach (var (_, name) in parameters)
            {
                RefuseQuantized(weights.Tensors[name]);
            }
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Rows of the embedding table: as many tokens as the tokenizer's metadata must have.</summary>
    public int VocabularySize => config.VocabularySize;

    /// <summary>Threads that quantize; 0 takes all cores.</summary>
    public int Threads { get; init; }

    /// <summary>1. Metadata. 2. What each tensor becomes. 3. The file, beside its place and then renamed.</summary>
    /// <param name="output">The file to write.</param>
    /// <param name="tokenizer">The tokenizer's metadata; of a GGUF file its own is kept where this is empty.</param>
    /// <param name="progress">Hears the share that is written; may be null.</param>
    /// <exception cref="NotSupportedException">Such files have no place for something that the model has.</exception>
    /// <exception cref="IOException">The disk is full or refuses; what was at the path is still there.</exception>
    public GgufReport Write(
        string output,
        IEnumerable<GgufValue> tokenizer,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        // 1.
        using var original = GgufFile.Is(source) ? GgufFile.Open(source) : null;
        var metadata = original is null ? GgufMetadata.Of(config, NameOf(source)) : Kept(original);
        metadata.AddRange(GgufMetadata.Of(mix));
        metadata.AddRange(tokenizer);

        // 2.
        TensorInfo[] infos = [.. parameters.Select(item => InfoOf(item.Parameter))];
        var total = (double)infos.Sum(info => info.Bytes);
        var written = 0L;
        using var converted = new TensorBuffer(infos.Max(info => info.Bytes));
        var tensors = infos.Zip(
            parameters,
            (info, item) =>
                new TensorSource(
                    info,
                    () =>
                    {
                        cancellation.ThrowIfCancellationRequested();
                        progress?.Report(written / total);
                        written += info.Bytes;
                        return Convert(item.Parameter.Name, item.StoredName, info, converted);
                    }
                )
        );

        // 3.
        GgufWriter.Write(output, metadata, [.. RopeTensors(), .. tensors]);
        return new GgufReport(new FileInfo(output).Length, TypeCount.Of(infos), Notes());
    }

    public void Dispose() => weights.Dispose();

    private static string NameOf(string path) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    private static List<GgufValue> Kept(GgufFile original) =>
        [
            .. original.Metadata.Values.Where(value =>
                value.Key is not (GgufMetadata.FileTypeKey or GgufMetadata.QuantizationVersionKey)
            ),
        ];

    private TensorInfo InfoOf(TensorInfo parameter) =>
        new(GgufNames.Of(parameter.Name, config), mix.TypeOf(parameter, config), parameter.Shape);

    private Tensor Convert(string name, string storedName, TensorInfo info, TensorBuffer converted)
    {
        var tensor = WeightLayout.ToFile(config, name, weights.Get(storedName));
        if (tensor.DType == info.DType)
        {
            return tensor;
        }

        if (info.DType.IsQuantized())
        {
            ModelLoader.CheckFinite(tensor, weights.Path);
        }

        var target = converted.View(info.DType, info.Shape);
        Conversion.Copy(tensor, target, Threads > 0 ? Threads : Environment.ProcessorCount);
        return target;
    }

    private IEnumerable<TensorSource> RopeTensors()
    {
        if (config.RopeScaling.Kind == RopeScalingKind.Llama3)
        {
            var factors = RopeFactors.Of(config);
            yield return TensorSource.From(GgufNames.RopeFactors, Tensor.FromValues(factors, factors.Length));
        }
    }

    private void RefuseQuantized(TensorInfo stored)
    {
        if (stored.DType.IsQuantized())
        {
            throw new InvalidFileException(
                weights.Path,
                $"tensor {stored} is quantized already; expected F32, F16 or BF16, as quantizing twice loses more"
            );
        }
    }

    private IReadOnlyList<string> Notes()
    {
        var window = config.Windows.Max();
        return config.ModelType is not "gemma2" && window > 0 && window < config.MaxPositions
            ? [$"the file can't say that layers see only the last {window} tokens: longer texts will see all of them"]
            : [];
    }

    /// <summary>Memory for one tensor after another.</summary>
    private sealed unsafe class TensorBuffer(long bytes) : IDisposable
    {
        private readonly Luthier.Tensors.Memory.NativeMemory memory = new(bytes);

        public Tensor View(DType dtype, ReadOnlySpan<int> shape) => new(memory.Pointer, dtype, shape, memory);

        public void Dispose() => memory.Dispose();
    }
}
