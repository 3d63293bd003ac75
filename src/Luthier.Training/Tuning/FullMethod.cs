using Luthier.Formats.Weights;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Text;
using Luthier.Training.Optimizers;
using Luthier.Training.Options;

namespace Luthier.Training.Tuning;

/// <summary>
/// Trains every weight, from a model or from scratch. Weights are float32 while training and in checkpoints; the result
/// has the element type of --dtype.
/// </summary>
internal sealed class FullMethod : ITuningMethod
{
    private readonly TrainingPrecision precision;
    private readonly Tokenizer? tokenizer;

    private FullMethod(Transformer model, TrainingPrecision precision, Tokenizer? tokenizer)
    {
        Model = model;
        this.precision = precision;
        this.tokenizer = tokenizer;
        model.SetTrainable(true);
        Trained = [.. model.Parameters.Select(parameter => new TrainedTensor(parameter.Name, parameter.Tensor))];
    }

    public Transformer Model { get; }

    public IReadOnlyList<TrainedTensor> Trained { get; }

    public string TrainableLine => TrainableParameters.OfFullModel(Model.Config).ToString();

    /// <summary>Weights come from the checkpoint, the base model, or a generator.</summary>
    /// <param name="options">Which model.</param>
    /// <param name="checkpoint">The folder to go on from, or null.</param>
    /// <param name="tokenizer">Its files go with the result.</param>
    public static FullMethod Create(TuneOptions options, string? checkpoint, Tokenizer? tokenizer)
    {
        var model = (checkpoint ?? options.BaseModel) is { } folder
            ? ModelLoader.Load(folder, new LoadOptions { DType = DType.Float32, Writable = true })
            : RandomWeights.Create(ModelConfig.Load(options.InitFromConfig!), (ulong)options.Seed);
        model.GradientCheckpointing = options.GradientCheckpointing;
        return new FullMethod(model, options.Dtype, tokenizer);
    }

    public void Save(string folder)
    {
        ModelSaver.Save(Model, folder);
        tokenizer?.CopyFilesTo(folder);
    }

    public void Verify(string folder)
    {
        using var files = WeightFiles.Open(folder);
        WrittenTensors.Check(files, Trained);
    }

    public void Export(string checkpoint, string outputFolder)
    {
        using var best = ModelLoader.Load(checkpoint);
        var dtype = precision == TrainingPrecision.BFloat16 ? DType.BFloat16 : DType.Float32;
        ModelSaver.Save(best, outputFolder, new SaveOptions { DType = dtype });
    }

    public void Dispose() => Model.Dispose();
}
