using Luthier.Tensors;

namespace Luthier.Models.Transformers;

public sealed partial class Transformer
{
    /// <summary>
    /// All weights by their Hugging Face names, in the order of a state dictionary. A tied output projection is not
    /// listed: it is the embedding table. Weights of adapters are not listed either.
    /// </summary>
    public IEnumerable<(string Name, Tensor Tensor)> Parameters
    {
        get
        {
            foreach (var module in ModelLayout.Modules(Config))
            {
                foreach (var parameter in ParametersOf(module))
                {
                    yield return parameter;
                }
            }
        }
    }

    /// <summary>Number of elements of all <see cref="Parameters"/>.</summary>
    public long ParameterCount => Parameters.Sum(parameter => parameter.Tensor.Count);

    /// <summary>Makes all weights trained, or none; their memory must then be the model's own (see the loader's options).</summary>
    public void SetTrainable(bool trainable)
    {
        foreach (var (_, tensor) in Parameters)
        {
            tensor.NeedsGradient = trainable;
        }
    }

    private IEnumerable<(string Name, Tensor Tensor)> ParametersOf(ModuleInfo module)
    {
        switch (module.Kind)
        {
            case ModuleKind.Embedding:
                yield return (module.WeightName, Embedding.Weight);
                break;
            case ModuleKind.Norm:
                yield return (module.WeightName, Norms[module.Name].Weight);
                break;
            case ModuleKind.Linear when Linears[module.Name] is var layer:
                if (!ReferenceEquals(layer, Head) || !IsTied)
                {
                    yield return (module.WeightName, layer.Weight);
                }

                if (layer.Bias is { } bias)
                {
                    yield return (module.BiasName, bias);
                }

                break;
        }
    }
}
