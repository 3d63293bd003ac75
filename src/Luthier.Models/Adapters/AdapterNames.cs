namespace Luthier.Models.Adapters;

/// <summary>Names of tensors in adapter files.</summary>
internal static class AdapterNames
{
    /// <summary>What PEFT puts before the names of the model that it wraps.</summary>
    public const string Prefix = "base_model.model.";

    /// <summary>
    /// Parameters that the adapter holds whole, with their names in a file. The bias of a module with a low-rank update
    /// belongs, for PEFT, to the layer inside.
    /// </summary>
    public static IEnumerable<(string Parameter, string Stored)> Replaced(LoraTargets targets)
    {
        foreach (var module in targets.Saved)
        {
            yield return (module.WeightName, module.WeightName);
            if (module.HasBias)
            {
                yield return (module.BiasName, module.BiasName);
            }
        }

        foreach (var module in targets.Biased)
        {
            var isWrapped = targets.Updated.Any(target => ReferenceEquals(target.Module, module));
            yield return (module.BiasName, isWrapped ? $"{module.Name}.base_layer.bias" : module.BiasName);
        }
    }

    /// <summary>A name without what only some writers put into it: the adapter's own name, and wrappers.</summary>
    public static string Normalize(string name)
    {
        var plain = name.Replace(".modules_to_save.", ".", StringComparison.Ordinal)
            .Replace(".default.", ".", StringComparison.Ordinal);
        plain = plain.EndsWith(".default", StringComparison.Ordinal) ? plain[..^".default".Length] : plain;
        return plain.EndsWith(".lora_magnitude_vector.weight", StringComparison.Ordinal)
            ? plain[..^".weight".Length]
            : plain;
    }
}
