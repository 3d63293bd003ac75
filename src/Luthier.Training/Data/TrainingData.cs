using System.Globalization;
using Luthier.Formats;
using Luthier.Models.Configuration;
using Luthier.Text;
using Luthier.Training.Options;
using Luthier.Training.Sampling;

namespace Luthier.Training.Data;

/// <summary>The rows of a run, ready to be trained on.</summary>
/// <param name="Training">Rows to learn from, of one or (packed) more sequences each.</param>
/// <param name="Validation">Rows to evaluate on.</param>
/// <param name="Identity">What decides which rows a step takes, by name.</param>
/// <param name="Summary">What was read, in one line.</param>
internal sealed record TrainingData(
    IReadOnlyList<TokenSequence[]> Training,
    IReadOnlyList<TokenSequence[]> Validation,
    IReadOnlyDictionary<string, string> Identity,
    string Summary
)
{
    /// <summary>How the options order rows.</summary>
    public static RowOrder OrderOf(TuneOptions options) =>
        options.NoShuffle ? RowOrder.File
        : options.GroupByLength ? RowOrder.GroupedByLength
        : RowOrder.Shuffled;

    /// <summary>1. Tokenizes the file. 2. Holds out the validation rows. 3. Packs the others, if asked for.</summary>
    /// <exception cref="InvalidFileException">A row is not what it should be, or does not fit the model.</exception>
    /// <exception cref="InvalidOptionsException">There are too few rows for --val-set-size.</exception>
    public static TrainingData Load(
        TuneOptions options,
        ModelConfig model,
        Tokenizer? tokenizer,
        CancellationToken cancellation
    )
    {
        // 1. Tokenize.
        var settings = DataSettings.Of(options);
        var data = TokenizedData.Load(
            settings.OpenFile(),
            RowEncoders.Create(settings, tokenizer),
            model.VocabularySize,
            cancellation
        );

        // 2. Hold out.
        if (options.ValSetSize >= data.Sequences.Count)
        {
            throw new InvalidOptionsException([
                $"--val-set-size: {options.ValSetSize} rows can't be held out of the {data.Sequences.Count} in "
                    + $"{options.DataPath}, expected fewer, or 0 to hold out none",
            ]);
        }

        var (training, heldOut) = ValidationSplit.Of(data.Sequences.Count, options.ValSetSize);
        var learned = Array.ConvertAll(training, row => data.Sequences[row]);

        // 3. Pack.
        var rows = options.Packing
            ? SequencePacker.Pack(learned, options.CutoffLen, options.NoShuffle)
            : Array.ConvertAll(learned, sequence => new[] { sequence });
        return new TrainingData(
            rows,
            Array.ConvertAll(heldOut, row => new[] { data.Sequences[row] }),
            IdentityOf(options, data),
            Describe(data, rows.Length, options.Packing)
        );
    }

    private static Dictionary<string, string> IdentityOf(TuneOptions options, TokenizedData data) =>
        new(StringComparer.Ordinal)
        {
            ["batch-size"] = options.BatchSize.ToString(CultureInfo.InvariantCulture),
            ["data"] = data.Fingerprint(),
            ["order"] = OrderOf(options).ToString(),
            ["packing"] = options.Packing.ToString(),
            ["seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
            ["val-set-size"] = options.ValSetSize.ToString(CultureInfo.InvariantCulture),
        };

    private static string Describe(TokenizedData data, int rows, bool packed)
    {
        var culture = CultureInfo.InvariantCulture;
        var text = string.Create(culture, $"{data.Rows:N0} rows with {data.Tokens:N0} tokens");
        text += packed ? string.Create(culture, $", packed into {rows:N0}") : "";
        text += data.Cut == 0 ? "" : string.Create(culture, $"; {data.Cut:N0} cut to --cutoff-len");
        return data.Unlearnable == 0
            ? text
            : text + string.Create(culture, $"; {data.Unlearnable:N0} left out, whose answer lies beyond --cutoff-len");
    }
}
