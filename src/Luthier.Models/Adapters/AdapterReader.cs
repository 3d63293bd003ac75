using Luthier.Formats;
using Luthier.Formats.Weights;
using Luthier.Models.Checkpoints;
using Luthier.Models.Layers;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Adapters;

/// <summary>Finds the parts of an adapter among the tensors of its file, and says everything that does not fit.</summary>
internal sealed class AdapterReader
{
    private readonly Transformer model;
    private readonly LoraTargets targets;
    private readonly WeightFiles files;
    private readonly TensorProblems problems = new();

    /// <summary>Names in the file by plain names; what is read is removed.</summary>
    private readonly Dictionary<string, string> unread;

    public AdapterReader(Transformer model, LoraTargets targets, WeightFiles files)
    {
        this.model = model;
        this.targets = targets;
        this.files = files;
        unread = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in files.Tensors.Keys)
        {
            if (!unread.TryAdd(AdapterNames.Normalize(name), name))
            {
                throw new InvalidFileException(files.Path, $"holds tensor '{name}' twice, for several adapters");
            }
        }
    }

    public List<AdapterPart> Read()
    {
        var parts = new List<AdapterPart?>();
        foreach (var target in targets.Updated)
        {
            parts.Add(target.Module.Kind == ModuleKind.Embedding ? ReadEmbedding(target) : ReadLinear(target));
        }

        foreach (var (parameter, storedName) in AdapterNames.Replaced(targets))
        {
            var values = Take(Has(storedName) ? storedName : parameter, model[parameter].Shape);
            parts.Add(values is null ? null : new ReplacedTensor(model, parameter, storedName, values));
        }

        foreach (var name in unread.Values.Order(StringComparer.Ordinal))
        {
            problems.Unknown(name);
        }

        problems.ThrowIfAny(files.Path, "the adapter that its configuration describes for this model");
        return [.. parts.OfType<AdapterPart>()];
    }

    private LinearLora? ReadLinear(LoraTarget target)
    {
        var (module, rank, scale) = target;
        var a = Take($"{module.Name}.lora_A.weight", rank, module.Columns);
        var b = Take($"{module.Name}.lora_B.weight", module.Rows, rank);
        var magnitude = targets.Config.UseDora ? Take($"{module.Name}.lora_magnitude_vector", module.Rows) : null;
        var stored = TakeBase(module);
        return a is null || b is null
            ? null
            : new LinearLora(
                model.Linears[module.Name],
                new LoraWeights(a, b, scale, (float)targets.Config.Dropout),
                magnitude,
                stored
            );
    }

    private EmbeddingLoraPart? ReadEmbedding(LoraTarget target)
    {
        var (module, rank, scale) = target;
        var a = Take($"{module.Name}.lora_embedding_A", rank, module.Rows);
        var b = Take($"{module.Name}.lora_embedding_B", module.Columns, rank);
        var magnitude = targets.Config.UseDora ? Take($"{module.Name}.lora_magnitude_vector", module.Columns) : null;
        var stored = TakeBase(module);
        return a is null || b is null
            ? null
            : new EmbeddingLoraPart(
                model.Embedding,
                new EmbeddingLora(LowRank.Transpose(a), b, scale),
                magnitude,
                stored
            );
    }

    /// <summary>PEFT stores the base weights of an embedding along with its update; usually they are the model's own.</summary>
    private Tensor? TakeBase(ModuleInfo module)
    {
        var name = $"{module.Name}.base_layer.weight";
        if (!Has(name))
        {
            return null;
        }

        var current = model[module.WeightName];
        var stored = Take(name, current.Shape);
        if (stored is null || current.DType == DType.Float32)
        {
            return stored;
        }

        var narrowed = Tensor.Create(current.DType, stored.Shape);
        Conversion.Copy(stored, narrowed);
        return narrowed;
    }

    private bool Has(string name) => unread.ContainsKey(AdapterNames.Prefix + name);

    /// <summary>A float32 copy of a tensor; null, and a problem noted, where it is missing or does not fit.</summary>
    private Tensor? Take(string name, params ReadOnlySpan<int> shape)
    {
        if (!unread.Remove(AdapterNames.Prefix + name, out var storedName))
        {
            problems.Missing(AdapterNames.Prefix + name);
            return null;
        }

        if (!problems.Fits(files.Tensors[storedName], shape))
        {
            return null;
        }

        var copy = Tensor.Create(DType.Float32, shape);
        Conversion.Copy(files.Get(storedName), copy);
        return copy;
    }
}
