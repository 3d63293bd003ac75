using Luthier.Models.Checkpoints;
using Luthier.Training.Data;
using Luthier.Training.Options;

namespace Luthier.Training.Evaluation;

/// <summary>What to measure, on which model.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Folder or GGUF file of the model.</summary>
    public required string Model { get; init; }

    /// <summary>How it is loaded; the element type follows from <see cref="Precision"/>.</summary>
    public LoadOptions Load { get; init; } = new();

    /// <summary>Adapter on it: a folder or file; null for none.</summary>
    public string? Adapter { get; init; }

    /// <summary>The data file.</summary>
    public required string DataPath { get; init; }

    public DataFormat DataFormat { get; init; }

    /// <summary>Columns of a CSV file, as for tuning.</summary>
    public string? Columns { get; init; }

    /// <summary>Classes: every row's answer is one of them, or its number from 1; empty: only the loss is measured.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Tokenizer: a folder or file; null takes the model's.</summary>
    public string? Tokenizer { get; init; }

    public string PromptTemplateName { get; init; } = "alpaca";

    public ChatFormat ChatFormat { get; init; }

    /// <summary>Longest sequence in tokens; what is longer is cut. Scored labels are never cut.</summary>
    public int CutoffLength { get; init; } = 256;

    /// <summary>Measure the loss of the prompt too; otherwise only of the answer.</summary>
    public bool TrainOnInputs { get; init; } = true;

    /// <summary>Precision of matrix products.</summary>
    public TrainingPrecision Precision { get; init; }
}
