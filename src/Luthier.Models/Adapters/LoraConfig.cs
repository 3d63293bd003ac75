using System.Text.Json.Nodes;

namespace Luthier.Models.Adapters;

/// <summary>Which biases are trained along with an adapter.</summary>
public enum LoraBias
{
    None = 0,

    /// <summary>Every bias of the model.</summary>
    All,

    /// <summary>Those of the modules that carry the adapter.</summary>
    LoraOnly,
}

/// <summary>How new adapter matrices start.</summary>
public enum LoraInitialization
{
    /// <summary>A uniform within ±1/√in, B zero: the model does not change at first.</summary>
    Default = 0,

    /// <summary>A normal with standard deviation 1/r, B zero.</summary>
    Gaussian,

    /// <summary>A and B both uniform: the model changes at once (for tests).</summary>
    Random,
}

/// <summary>Options of a low-rank adapter, with the names and meaning of PEFT's LoraConfig.</summary>
public sealed record LoraConfig
{
    /// <summary>The modules that get an adapter.</summary>
    public ModuleSelection TargetModules { get; init; } = ModuleSelection.FromNames("q_proj", "v_proj");

    /// <summary>Of those, modules that get none.</summary>
    public ModuleSelection? ExcludeModules { get; init; }

    /// <summary>Rank r.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>The update is scaled by alpha / r.</summary>
    public double Alpha { get; init; } = 8;

    /// <summary>Probability that training zeroes an element of an adapter's input.</summary>
    public double Dropout { get; init; }

    public LoraBias Bias { get; init; }

    public LoraInitialization Initialization { get; init; }

    /// <summary>Scale by alpha / √r instead.</summary>
    public bool UseRankStabilized { get; init; }

    /// <summary>Whether weights are decomposed into magnitude and direction (DoRA).</summary>
    public bool UseDora { get; init; }

    /// <summary>Only these layers get an adapter; null: all. Without effect on a regular expression.</summary>
    public IReadOnlyList<int>? LayersToTransform { get; init; }

    /// <summary>What stands before a layer's number in module names; null: anything.</summary>
    public IReadOnlyList<string>? LayersPattern { get; init; }

    /// <summary>Other ranks for the modules whose name ends, after a dot, with a match of the key.</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } =
        new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>Other alphas, likewise.</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } =
        new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Modules that are trained whole and stored with the adapter: those whose name ends with one of these.</summary>
    public IReadOnlyList<string>? ModulesToSave { get; init; }

    /// <summary>The base model, as the user named it.</summary>
    public string? BaseModel { get; init; }

    public string? TaskType { get; init; } = "CAUSAL_LM";

    /// <summary>The file that was read: fields that mean nothing here are written back unchanged.</summary>
    internal JsonObject Raw { get; init; } = [];

    /// <summary>What multiplies the update of a module of the given rank and alpha.</summary>
    internal float ScaleOf(int rank, double alpha) => (float)(alpha / (UseRankStabilized ? Math.Sqrt(rank) : rank));
}
