using Luthier.Formats;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;
using Luthier.Tensors.Operations;
using Luthier.Text;
using Luthier.Text.Prompts;
using Luthier.Training.Data;
using Luthier.Training.Options;

namespace Luthier.Training.Evaluation;

/// <param name="Rows">Rows of the file.</param>
/// <param name="Loss">Loss and perplexity over their tokens.</param>
/// <param name="Labels">Accuracy by scored labels, where labels were given.</param>
public sealed record EvaluationReport(int Rows, LossReport Loss, LabelReport? Labels);

/// <summary>Measures a model on a data file.</summary>
public static class Evaluator
{
    /// <summary>1. Loads model and adapter. 2. Reads the data. 3. Measures the loss. 4. Scores the labels, if any.</summary>
    /// <param name="options">What to measure.</param>
    /// <param name="device">What computes.</param>
    /// <param name="progress">Hears the share that is done, 0 to 1; may be null.</param>
    /// <param name="cancellation">Ends it without a result.</param>
    /// <exception cref="InvalidFileException">A file is not what it should be.</exception>
    /// <exception cref="InvalidOptionsException">Options are wrong.</exception>
    public static EvaluationReport Run(
        EvaluationOptions options,
        Device device,
        IProgress<double>? progress,
        CancellationToken cancellation
    )
    {
        // 1. Model.
        var narrow = options.Precision == TrainingPrecision.BFloat16;
        using var model = ModelLoader.Load(options.Model, options.Load with { DType = narrow ? DType.BFloat16 : null });
        if (options.Adapter is { } adapter)
        {
            Adapter.Load(model, adapter);
        }

        // 2. Data.
        var settings = DataSettings.Of(options);
        var tokenizer = RowEncoders.LoadTokenizer(settings, options.Tokenizer, options.Model);
        var file = settings.OpenFile();
        var data = TokenizedData.Load(
            file,
            RowEncoders.Create(settings, tokenizer),
            model.Config.VocabularySize,
            cancellation
        );

        // 3. Loss. With labels, each row goes through the model once more for each of them.
        using var tape = new Tape(device, narrow ? MatMulPrecision.BFloat16 : MatMulPrecision.Float32);
        var passes = 1.0 + options.Labels.Count;
        var rows = data.Sequences.Select(sequence => new[] { sequence }).ToArray();
        var loss = LossEvaluator.Evaluate(
            tape,
            model,
            rows,
            cancellation,
            done => progress?.Report(done / (rows.Length * passes))
        );

        // 4. Labels.
        LabelReport? labels = null;
        if (options.Labels.Count > 0)
        {
            labels = ScorerOf(options, model, tape, tokenizer)
                .Score(
                    file.Rows(),
                    done => progress?.Report((1 + ((passes - 1) * done / data.Rows)) / passes),
                    cancellation
                );
        }

        return new EvaluationReport(data.Rows, loss, labels);
    }

    private static LabelScorer ScorerOf(EvaluationOptions options, Transformer model, Tape tape, Tokenizer? tokenizer)
    {
        if (options.Labels.Count < 2 || options.Labels.Distinct(StringComparer.Ordinal).Count() < options.Labels.Count)
        {
            throw new InvalidOptionsException([
                $"--labels: {string.Join(",", options.Labels)}: expected at least two different names",
            ]);
        }

        return tokenizer is null
            ? throw new InvalidOptionsException([$"--labels: the rows of {options.DataPath} are tokens, expected text"])
            : new LabelScorer(model, tape, tokenizer, PromptTemplate.Load(options.PromptTemplateName), options.Labels);
    }
}
