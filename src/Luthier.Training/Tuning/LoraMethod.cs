using Luthier.Formats.Files;
using Luthier.Formats.Weights;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Training.Optimizers;
using Luthier.Training.Options;

namespace Luthier.Training.Tuning;

/// <summary>Trains a low-rank adapter beside a frozen model; its output is a PEFT adapter.</summary>
internal sealed class LoraMethod : ITuningMethod
{
    /// <summary>Name of the file that a checkpoint of an adapter has, and no other.</summary>
    public const string ConfigName = "adapter_config.json";

    private const string WeightsName = "adapter_model.safetensors";

    private readonly Adapter adapter;

    private LoraMethod(Adapter adapter)
    {
        this.adapter = adapter;
        adapter.SetTrainable(true);
        Trained = [.. adapter.Parameters.Select(parameter => new TrainedTensor(parameter.Name, parameter.Tensor))];
    }

    public Transformer Model => adapter.Model;

    public IReadOnlyList<TrainedTensor> Trained { get; }

    public string TrainableLine => TrainableParameters.OfAdapter(Model.Config, adapter.Config).ToString();

    /// <summary>Loads the base model and puts an adapter on it: the checkpoint's, that of --lora-init, or a new one.</summary>
    public static LoraMethod Create(TuneOptions options, string? checkpoint)
    {
        var model = ModelLoader.Load(
            options.BaseModel!,
            new LoadOptions { DType = options.Dtype == TrainingPrecision.BFloat16 ? DType.BFloat16 : null }
        );
        try
        {
            model.SetTrainable(false);
            model.GradientCheckpointing = options.GradientCheckpointing;
            return new LoraMethod(
                (checkpoint ?? options.LoraInit) is { } start
                    ? Start(model, start, options)
                    : Adapter.Create(model, ConfigOf(options), (ulong)options.Seed)
            );
        }
        catch (ArgumentException exception)
        {
            model.Dispose();
            throw new InvalidOptionsException([$"--lora-target-modules: {exception.Message}"]);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public void Save(string folder) => adapter.Save(folder);

    public void Verify(string folder)
    {
        using var files = WeightFiles.OpenFile(Path.Combine(folder, WeightsName));
        WrittenTensors.Check(files, Trained);
    }

    public void Export(string checkpoint, string outputFolder)
    {
        using var pending = new PendingFiles();
        foreach (var name in (ReadOnlySpan<string>)[WeightsName, ConfigName])
        {
            pending.Copy(Path.Combine(checkpoint, name), Path.Combine(outputFolder, name));
        }

        pending.Commit();
    }

    public void Dispose() => Model.Dispose();

    // Files know rank, alpha, modules and dropout; what was asked for explicitly goes before them.
    private static Adapter Start(Transformer model, string path, TuneOptions options)
    {
        var folder = Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!File.Exists(Path.Combine(folder, ConfigName)))
        {
            return Adapter.Load(model, path, ConfigOf(options));
        }

        var stored = Adapter.Load(model, path);
        stored.Detach();
        var given = options.Given;
        var asked = ConfigOf(options);
        return Adapter.Load(
            model,
            path,
            stored.Config with
            {
                BaseModel = asked.BaseModel,
                Rank = given.Contains("lora-r") ? asked.Rank : stored.Config.Rank,
                Alpha = given.Contains("lora-alpha") ? asked.Alpha : stored.Config.Alpha,
                Dropout = given.Contains("lora-dropout") ? asked.Dropout : stored.Config.Dropout,
                TargetModules = given.Contains("lora-target-modules")
                    ? asked.TargetModules
                    : stored.Config.TargetModules,
            }
        );
    }

    private static LoraConfig ConfigOf(TuneOptions options) =>
        new()
        {
            BaseModel = options.BaseModel,
            Rank = options.LoraR,
            Alpha = options.LoraAlpha,
            Dropout = options.LoraDropout,
            TargetModules = ModuleSelection.Parse(options.LoraTargetModules),
        };
}
