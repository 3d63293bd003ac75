using Luthier.Formats.Gguf;
using Luthier.Models.Adapters;
using Luthier.Text.Prompts;
using Luthier.Training.Checkpoints;
using Luthier.Training.Data;
using Luthier.Training.Schedules;

namespace Luthier.Training.Options;

/// <summary>What must hold between options, and the files that must be there.</summary>
internal static class OptionRules
{
    /// <returns>One sentence a problem.</returns>
    public static IEnumerable<string> Check(TuneOptions options) =>
        [.. Required(options), .. Contradictions(options), .. Names(options), .. Schedule(options), .. Paths(options)];

    /// <summary>Only what concerns one option at a time.</summary>
    /// <returns>One sentence a problem.</returns>
    public static IEnumerable<string> CheckEach(TuneOptions options) => Required(options).Concat(Paths(options));

    private static IEnumerable<string> Required(TuneOptions options)
    {
        if (options.BaseModel is null && options.InitFromConfig is null)
        {
            yield return "--base-model is missing: expected the folder of a model (or --init-from-config)";
        }

        if (options.DataPath is null)
        {
            yield return "--data-path is missing: expected a file of training data";
        }

        if (options.OutputDir is null)
        {
            yield return "--output-dir is missing: expected a folder to write to";
        }
    }

    private static IEnumerable<string> Contradictions(TuneOptions options)
    {
        if (options.BaseModel is not null && options.InitFromConfig is not null)
        {
            yield return "--base-model and --init-from-config exclude each other";
        }

        if (options.LoraInit is not null && options.TrainsAllWeights)
        {
            yield return "--lora-init needs --method lora with a --base-model";
        }

        if (options.Columns is { } columns && CsvColumns.TryParse(columns, out _) is { } problem)
        {
            yield return $"--columns: {problem}";
        }

        if (options.GroupByLength && options.NoShuffle)
        {
            yield return "--group-by-length and --no-shuffle exclude each other";
        }
    }

    private static IEnumerable<string> Names(TuneOptions options)
    {
        string? problem = null;
        try
        {
            ModuleSelection.Parse(options.LoraTargetModules);
        }
        catch (ArgumentException exception)
        {
            problem = exception.Message;
        }

        if (problem is not null)
        {
            yield return $"--lora-target-modules: {problem}";
        }

        var template = options.PromptTemplateName;
        if (
            !PromptTemplate.BuiltInNames.Contains(template, StringComparer.Ordinal)
            && !File.Exists(template)
            && !File.Exists($"{template}.json")
        )
        {
            yield return $"--prompt-template-name: {template} is neither a file nor one of "
                + string.Join(", ", PromptTemplate.BuiltInNames);
        }
    }

    private static IEnumerable<string> Schedule(TuneOptions options)
    {
        if (
            options.LrSchedulerType == ScheduleKind.Polynomial
            && options.LearningRate <= LearningRateSchedule.PolynomialEnd
        )
        {
            yield return $"--learning-rate: {options.LearningRate} is not above 1e-7, where the polynomial schedule ends";
        }
    }

    private static IEnumerable<string> Paths(TuneOptions options)
    {
        if (options.BaseModel is { } model && !Directory.Exists(model) && !GgufFile.Is(model))
        {
            yield return $"--base-model: {model} is neither a folder nor a GGUF file";
        }

        if (options.InitFromConfig is { } config && !File.Exists(config))
        {
            yield return $"--init-from-config: {config} is not a file";
        }

        if (options.DataPath is { } data && !File.Exists(data))
        {
            yield return $"--data-path: {data} is not a file";
        }

        if (options.Tokenizer is { } tokenizer && !Path.Exists(tokenizer))
        {
            yield return $"--tokenizer: {tokenizer} does not exist";
        }

        if (options.LoraInit is { } adapter && !Path.Exists(adapter))
        {
            yield return $"--lora-init: {adapter} does not exist";
        }

        if (ResumePoint.IsFolder(options.ResumeFromCheckpoint) && !Directory.Exists(options.ResumeFromCheckpoint))
        {
            yield return $"--resume-from-checkpoint: {options.ResumeFromCheckpoint} is not a folder, expected a checkpoint "
                + "or true";
        }

        if (
            ResumePoint.IsNewest(options.ResumeFromCheckpoint)
            && options.OutputDir is { } folder
            && !Directory.Exists(folder)
        )
        {
            yield return ResumePoint.NoneIn(folder);
        }

        if (options.OutputDir is { } output && File.Exists(output))
        {
            yield return $"--output-dir: {output} is a file, expected a folder";
        }
    }
}
