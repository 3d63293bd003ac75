using Luthier.Training.Schedules;

namespace Luthier.Training.Options;

/// <summary>What a tuning run trains.</summary>
public enum TuneMethod
{
    /// <summary>A low-rank adapter beside the frozen model.</summary>
    Lora = 0,

    /// <summary>Every weight of the model.</summary>
    Full,
}

/// <summary>How matrix products round their operands; trained weights and optimizer state are always float32.</summary>
public enum TrainingPrecision
{
    Float32 = 0,

    /// <summary>bfloat16 operands with float32 sums; frozen weights are held in bfloat16.</summary>
    BFloat16,
}

/// <summary>
/// Everything that describes a tuning run, with the defaults of Alpaca-LoRA's finetune.py. One property is one option:
/// flag, recipe key, default, range and help text come from here (see <see cref="TuneOption.All"/>).
/// </summary>
public sealed record TuneOptions
{
    [Option("Model to start from: a folder in Hugging Face form, or a GGUF file")]
    public string? BaseModel { get; init; }

    [Option("Training data: Alpaca JSON or JSONL, conversations, CSV, plain text, or tokenized rows")]
    public string? DataPath { get; init; }

    [Option("Folder that receives the adapter or model, the checkpoints and the logs")]
    public string? OutputDir { get; init; }

    [Option("What to train: a LoRA adapter, or every weight")]
    public TuneMethod Method { get; init; }

    [Option("Form of the data; auto looks at the file's extension and its first row")]
    public Data.DataFormat DataFormat { get; init; }

    [Option("Columns of a CSV file, by header name or position from 1: instruction=title,input=2+3,output=class")]
    public string? Columns { get; init; }

    [Option("Class names: a number n from 1 in the answers of the data stands for the n-th name")]
    public IReadOnlyList<string> Labels { get; init; } = [];

    [Option("Tokenizer: a folder, tokenizer.json or tokenizer.model; by default the one of the base model")]
    public string? Tokenizer { get; init; }

    [Option("Prompt template: a built-in name or a JSON file")]
    public string PromptTemplateName { get; init; } = "alpaca";

    [Option("Form of conversations; auto takes chatml where the tokenizer has its tokens, else the prompt template")]
    public Data.ChatFormat ChatFormat { get; init; }

    [Option("Rows of one optimizer step", Minimum = 1, Maximum = 1 << 20)]
    public int BatchSize { get; init; } = 128;

    [Option("Rows computed at a time; changes memory and speed, not the result", Minimum = 1, Maximum = 1 << 20)]
    public int MicroBatchSize { get; init; } = 4;

    [Option("Passes over the training rows", Minimum = 0, AboveMinimum = true, Maximum = 1e6)]
    public double NumEpochs { get; init; } = 3;

    [Option("Optimizer steps; overrides --num-epochs unless 0", Minimum = 0)]
    public int MaxSteps { get; init; }

    [Option("Peak learning rate", Minimum = 0, Maximum = 1e6)]
    public double LearningRate { get; init; } = 3e-4;

    [Option("Longest sequence in tokens; what is longer is cut", Minimum = 2, Maximum = 1 << 24)]
    public int CutoffLen { get; init; } = 256;

    [Option("Rows held out of the training data to evaluate on; 0: none", Minimum = 0)]
    public int ValSetSize { get; init; } = 2000;

    [Option("Rank of the adapter", Minimum = 1, Maximum = 1 << 16)]
    public int LoraR { get; init; } = 8;

    [Option("Scale of the adapter: alpha / r multiplies its output", Minimum = 0, AboveMinimum = true)]
    public double LoraAlpha { get; init; } = 16;

    [Option("Dropout on the adapter's input", Minimum = 0, Maximum = 1, BelowMaximum = true)]
    public double LoraDropout { get; init; } = 0.05;

    [Option("Layers that get an adapter: names, all-linear, or one regular expression")]
    public IReadOnlyList<string> LoraTargetModules { get; init; } = ["q_proj", "v_proj"];

    [Option("Adapter weights to start from: a folder or file")]
    public string? LoraInit { get; init; }

    [Option("config.json of a model to train from scratch, with random weights; implies --method full")]
    public string? InitFromConfig { get; init; }

    [Option("Learn the prompt too; otherwise only the answer")]
    public bool TrainOnInputs { get; init; } = true;

    [Option("Count an end-of-text token when measuring the prompt that is not learned, as Alpaca-LoRA does")]
    public bool AddEosToken { get; init; }

    [Option("Put rows of similar length into the same batch")]
    public bool GroupByLength { get; init; }

    [Option("Fill sequences of --cutoff-len tokens with several rows, which do not see each other")]
    public bool Packing { get; init; }

    [Option("Keep the rows in the order of the file")]
    public bool NoShuffle { get; init; }

    [Option("Continue a run: a checkpoint folder, or true for the newest one in the output folder")]
    public string? ResumeFromCheckpoint { get; init; }

    [Option("Steps over which the learning rate rises from 0; 100 unless --warmup-ratio is given", Minimum = 0)]
    public int? WarmupSteps { get; init; }

    [Option("As --warmup-steps, as a part of all steps", Minimum = 0, Maximum = 1)]
    public double? WarmupRatio { get; init; }

    [Option("Course of the learning rate after the warm-up")]
    public ScheduleKind LrSchedulerType { get; init; }

    [Option("Decay of weights towards 0; norm weights and biases are not decayed", Minimum = 0)]
    public double WeightDecay { get; init; }

    [Option("Decay of AdamW's mean of gradients", Minimum = 0, Maximum = 1, BelowMaximum = true)]
    public double AdamBeta1 { get; init; } = 0.9;

    [Option("Decay of AdamW's mean of squared gradients", Minimum = 0, Maximum = 1, BelowMaximum = true)]
    public double AdamBeta2 { get; init; } = 0.999;

    [Option("Added to AdamW's denominator", Minimum = 0, AboveMinimum = true)]
    public double AdamEpsilon { get; init; } = 1e-8;

    [Option("Largest global norm of the gradients; what is above is scaled down; 0: off", Minimum = 0)]
    public double MaxGradNorm { get; init; } = 1;

    [Option("Steps between two entries of the log", Minimum = 1)]
    public int LoggingSteps { get; init; } = 10;

    [Option("Steps between two evaluations; 0: only at the end", Minimum = 0)]
    public int EvalSteps { get; init; } = 200;

    [Option("Steps between two checkpoints; 0: only at the end", Minimum = 0)]
    public int SaveSteps { get; init; } = 200;

    [Option("Checkpoints to keep, besides the best; 0: all", Minimum = 0)]
    public int SaveTotalLimit { get; init; } = 3;

    [Option("Seed of everything random: new weights, order of rows, dropout", Minimum = 0)]
    public int Seed { get; init; } = 42;

    [Option("Precision of matrix products")]
    public TrainingPrecision Dtype { get; init; }

    [Option("Keep only layer inputs for the backward pass and compute the rest again: less memory, more time")]
    public bool GradientCheckpointing { get; init; }

    /// <summary>Names of the options that were given; the others have their defaults.</summary>
    internal IReadOnlySet<string> Given { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Whether every weight is trained, rather than an adapter.</summary>
    internal bool TrainsAllWeights => Method == TuneMethod.Full || InitFromConfig is not null;

    /// <summary>
    /// Warm-up steps of a run of <paramref name="totalSteps"/>: steps above 0 go before a ratio, as in Transformers.
    /// </summary>
    public int WarmupStepsOf(int totalSteps) =>
        WarmupSteps is > 0 || WarmupRatio is null
            ? WarmupSteps ?? DefaultWarmupSteps
            : (int)Math.Ceiling(totalSteps * WarmupRatio.Value);

    private const int DefaultWarmupSteps = 100;
}
