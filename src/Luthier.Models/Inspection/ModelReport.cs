using Luthier.Formats.Weights;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Inspection;

/// <summary>What can be said of a model from its configuration alone, without loading a weight.</summary>
public sealed record ModelReport
{
    private ModelReport(ModelConfig config, TrainableParameters trainable, ShardPlan plan)
    {
        Config = config;
        Trainable = trainable;
        Plan = plan;
        ParameterCount = TrainableParameters.OfFullModel(config).All;
    }

    public ModelConfig Config { get; }

    /// <summary>Elements of all weights; a tied one counts once.</summary>
    public long ParameterCount { get; }

    /// <summary>What training with the adapter, or without one of the whole model, would change.</summary>
    public TrainableParameters Trainable { get; }

    /// <summary>The files that a save would write.</summary>
    public ShardPlan Plan { get; }

    /// <param name="adapter">Options of an adapter, or null for the whole model.</param>
    /// <param name="options">How the model would be saved; without an element type as the configuration says.</param>
    /// <exception cref="ArgumentException">The adapter's options select nothing in this model, or what can't carry one.</exception>
    public static ModelReport Create(ModelConfig config, LoraConfig? adapter = null, SaveOptions? options = null)
    {
        options ??= new SaveOptions();
        var dtype = options.DType ?? config.DType ?? DType.Float32;
        var trainable = adapter is null
            ? TrainableParameters.OfFullModel(config)
            : TrainableParameters.OfAdapter(config, adapter);
        var plan = ShardPlan.Create(ModelLayout.Parameters(config, dtype), options.MaxShardBytes, options.Format);
        return new ModelReport(config, trainable, plan);
    }
}
