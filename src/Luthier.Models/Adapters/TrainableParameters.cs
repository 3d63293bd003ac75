using Luthier.Formats.Json;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Adapters;

/// <summary>How many elements training changes, and how many there are; written as PEFT prints it.</summary>
public readonly record struct TrainableParameters(long Trainable, long All)
{
    /// <summary>All parameters of a model are trained.</summary>
    public static TrainableParameters OfFullModel(ModelConfig model)
    {
        var count = ModelLayout.Parameters(model, DType.Float32).Sum(parameter => parameter.Count);
        return new(count, count);
    }

    /// <summary>An adapter with these options is trained; known without weights.</summary>
    /// <exception cref="ArgumentException">The options select nothing in this model, or what can't carry an adapter.</exception>
    public static TrainableParameters OfAdapter(ModelConfig model, LoraConfig adapter)
    {
        var targets = LoraTargets.Resolve(model, adapter);
        return new(targets.TrainableCount, OfFullModel(model).All + targets.AddedCount);
    }

    /// <summary>For example <c>trainable params: 8 || all params: 1,000 || trainable%: 0.8</c>.</summary>
    public override string ToString() =>
        $"trainable params: {Trainable:N0} || all params: {All:N0} || trainable%: {PythonJson.Float(100.0 * Trainable / All)}";
}
