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
            foreach (var module in modules)
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

    /// <summary>The tensor that a module computes with now, by its parameter's name; for adapters, which replace it.</summary>
    internal Tensor this[string name]
    {
        get
        {
            var (module, part) = Split(name);
            return module switch
            {
                ModelLayout.EmbeddingName => Embedding.Weight,
                _ when Norms.TryGetValue(module, out var norm) => norm.Weight,
                _ when part is "bias" => Linears[module].Bias!,
                _ => Linears[module].Weight,
            };
        }
        set
        {
            var (module, part) = Split(name);
            value.Name = name;
            value.IsParameter = true;
            if (module is ModelLayout.EmbeddingName)
            {
                Embedding.Weight = value;
            }
            else if (Norms.TryGetValue(module, out var norm))
            {
                norm.Weight = value;
            }
            else if (part is "bias")
            {
                Linears[module].Bias = value;
            }
            else
            {
                Linears[module].Weight = value;
            }
        }
    }

    private static (string Module, string Part) Split(string name)
    {
        var dot = name.LastIndexOf('.');
        return (name[..dot], name[(dot + 1)..]);
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
