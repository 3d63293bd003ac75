using Luthier.Training.Evaluation;
using Luthier.Training.Options;

namespace Luthier.Training.Data;

/// <summary>A data file, and how its rows become tokens.</summary>
internal sealed record DataSettings
{
    public required string Path { get; init; }

    public DataFormat Format { get; init; }

    /// <summary>For CSV: which columns to take; null: those that a header names.</summary>
    public string? Columns { get; init; }

    /// <summary>Class names that numbers from 1 in the answers stand for.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    public required string PromptTemplate { get; init; }

    public ChatFormat Chat { get; init; }

    /// <summary>Longest sequence in tokens.</summary>
    public int CutoffLength { get; init; }

    public bool TrainOnInputs { get; init; }

    public bool AddEosToken { get; init; }

    public static DataSettings Of(TuneOptions options) =>
        new()
        {
            Path = options.DataPath!,
            Format = options.DataFormat,
            Columns = options.Columns,
            Labels = options.Labels,
            PromptTemplate = options.PromptTemplateName,
            Chat = options.ChatFormat,
            CutoffLength = options.CutoffLen,
            TrainOnInputs = options.TrainOnInputs,
            AddEosToken = options.AddEosToken,
        };

    public static DataSettings Of(EvaluationOptions options) =>
        new()
        {
            Path = options.DataPath,
            Format = options.DataFormat,
            Columns = options.Columns,
            Labels = options.Labels,
            PromptTemplate = options.PromptTemplateName,
            Chat = options.ChatFormat,
            CutoffLength = options.CutoffLength,
            TrainOnInputs = options.TrainOnInputs,
        };

    /// <summary>The file, to be read.</summary>
    /// <exception cref="InvalidOptionsException">The mapping of columns is none.</exception>
    public DataFile OpenFile()
    {
        var columns = CsvColumns.Default;
        if (Columns is { } mapping && CsvColumns.TryParse(mapping, out columns) is { } problem)
        {
            throw new InvalidOptionsException([$"--columns: {problem}"]);
        }

        return new DataFile(Path, Format, columns, Labels);
    }
}
