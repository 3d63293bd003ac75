using Luthier.Models.Layers;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Operations;

namespace Luthier.Models.Adapters;

/// <summary>Makes the parts of a new adapter, initialised as PEFT does.</summary>
internal sealed class AdapterFactory(Transformer model, LoraTargets targets, ulong seed)
{
    private readonly SeededGenerator generator = new(seed);

    public IEnumerable<AdapterPart> Create()
    {
        foreach (var target in targets.Updated)
        {
            yield return target.Module.Kind == ModuleKind.Embedding ? CreateEmbedding(target) : CreateLinear(target);
        }

        foreach (var (parameter, storedName) in AdapterNames.Replaced(targets))
        {
            var current = model[parameter];
            var copy = Tensor.Create(DType.Float32, current.Shape);
            Conversion.Copy(current, copy);
            yield return new ReplacedTensor(model, parameter, storedName, copy);
        }
    }

    private LinearLora CreateLinear(LoraTarget target)
    {
        var (module, rank, scale) = target;
        var layer = model.Linears[module.Name];
        var a = Tensor.Create(DType.Float32, rank, module.Columns);
        var b = Tensor.Create(DType.Float32, module.Rows, rank);
        switch (targets.Config.Initialization)
        {
            case LoraInitialization.Gaussian:
                generator.FillNormal(a, 1.0 / rank);
                break;
            case LoraInitialization.Random:
                generator.FillUniform(a, 1 / Math.Sqrt(module.Columns));
                generator.FillUniform(b, 1 / Math.Sqrt(rank));
                break;
            default:
                // Kaiming's uniform bound with a = √5 is 1/√in.
                generator.FillUniform(a, 1 / Math.Sqrt(module.Columns));
                break;
        }

        var lora = new LoraWeights(a, b, scale, (float)targets.Config.Dropout);
        var magnitude = targets.Config.UseDora ? LinearLora.InitialMagnitude(layer.Weight) : null;
        return new LinearLora(layer, lora, magnitude, storedBase: null);
    }

    private EmbeddingLoraPart CreateEmbedding(LoraTarget target)
    {
        var (module, rank, scale) = target;
        var a = Tensor.Create(DType.Float32, module.Rows, rank);
        var b = Tensor.Create(DType.Float32, module.Columns, rank);
        switch (targets.Config.Initialization)
        {
            case LoraInitialization.Gaussian:
                generator.FillNormal(a, 1.0 / rank);
                break;
            case LoraInitialization.Random:
                generator.FillNormal(a, 1);
                generator.FillNormal(b, 1);
                break;
            default:
                generator.FillNormal(b, 1);
                break;
        }

        var magnitude = targets.Config.UseDora ? EmbeddingLoraPart.InitialMagnitude(model.Embedding.Weight) : null;
        return new EmbeddingLoraPart(model.Embedding, new EmbeddingLora(a, b, scale), magnitude, storedBase: null);
    }
}
