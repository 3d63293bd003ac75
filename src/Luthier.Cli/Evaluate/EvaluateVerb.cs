using System.CommandLine;
using Luthier.Cli.CommandLine;
using Luthier.Models.Quantization;
using Luthier.Training.Data;
using Luthier.Training.Evaluation;
using Luthier.Training.Options;

namespace Luthier.Cli.Evaluate;

/// <summary>Measures a model on a data file.</summary>
internal sealed class EvaluateVerb : Verb
{
    private readonly Option<string?> model = SharedOptions.Model("Folder or GGUF file of the model");
    private readonly Option<WeightMix?> quantization = SharedOptions.Quantization();
    private readonly Option<string?> adapter = SharedOptions.Adapter();
    private readonly Option<string?> dataPath = OptionOf.ExistingFile(
        "--data-path",
        "Data to measure on, in any form that tune takes"
    );

    private readonly Option<string[]> labels = OptionOf.List(
        "--labels",
        "Class names: measure the accuracy too, by which of them the model finds the most probable answer"
    );

    private readonly Option<DataFormat> dataFormat = OptionOf.Enumeration(
        "--data-format",
        "Form of the data; auto looks at the file's extension and its first row",
        DataFormat.Auto
    );

    private readonly Option<string?> columns = OptionOf.Text(
        "--columns",
        "Columns of a CSV file: instruction=title,input=2+3,output=class",
        "KEY=COLUMN,..."
    );

    private readonly Option<string?> tokenizer = OptionOf.ExistingPath(
        "--tokenizer",
        "Tokenizer, where it is not the model's"
    );

    private readonly Option<string?> template = OptionOf.Text(
        "--prompt-template-name",
        "Prompt template: a built-in name or a JSON file (default: alpaca)",
        "NAME"
    );

    private readonly Option<ChatFormat> chatFormat = OptionOf.Enumeration(
        "--chat-format",
        "Form of conversations",
        ChatFormat.Auto
    );

    private readonly Option<int> cutoffLen = OptionOf.Integer(
        "--cutoff-len",
        "Longest sequence in tokens; what is longer is cut",
        256,
        2
    );

    private readonly Option<bool> trainOnInputs = OptionOf.Switch(
        "--train-on-inputs",
        "Measure the prompt's loss too; otherwise only the answer's",
        fallback: true
    );

    private readonly Option<TrainingPrecision> dtype = OptionOf.Enumeration(
        "--dtype",
        "Precision of matrix products",
        TrainingPrecision.Float32
    );

    private readonly Option<bool> json = OptionOf.Switch("--json", "Print one JSON object");

    public EvaluateVerb()
        : base("eval", "Measure a model's loss and perplexity, or its accuracy on classes.")
    {
        AddGroup("Model and data", model, quantization, adapter, dataPath, labels);
        AddGroup("Form of the data", dataFormat, columns, tokenizer, template, chatFormat, cutoffLen, trainOnInputs);
        AddGroup("Computation and output", dtype, json);
        Require(model, dataPath);
    }

    public override IReadOnlyList<Example> Examples =>
        [
            new("Loss and perplexity on a text", "luthier eval --model models/llama --data-path held-out.txt"),
            new(
                "Accuracy of an adapter that classifies news",
                "luthier eval --model models/llama --adapter out --data-path news.csv "
                    + "--columns instruction=title,output=class --labels World,Sports,Business,Sci/Tech"
            ),
        ];

    public override int Run(Invocation invocation, CancellationToken cancellation)
    {
        var options = Read(invocation);
        using var device = invocation.Host.CreateDevice();
        var report = ShareProgress.Show(
            invocation.Terminal,
            "measuring",
            progress => Evaluator.Run(options, device, progress, cancellation)
        );
        if (invocation.Get(json))
        {
            JsonOutput.Write(invocation.Out, writer => EvaluationText.Write(writer, report));
        }
        else
        {
            EvaluationText.Write(invocation.Out, report);
        }

        return ExitCode.Success;
    }

    private EvaluationOptions Read(Invocation invocation)
    {
        var options = new EvaluationOptions
        {
            Model = invocation.Require(model),
            Load = SharedOptions.LoadOptionsOf(invocation, quantization),
            Adapter = invocation.Get(adapter),
            DataPath = invocation.Require(dataPath),
            DataFormat = invocation.Get(dataFormat),
            Columns = invocation.Get(columns),
            Labels = OptionOf.Values(invocation.Get(labels)),
            Tokenizer = invocation.Get(tokenizer),
            ChatFormat = invocation.Get(chatFormat),
            CutoffLength = invocation.Get(cutoffLen),
            TrainOnInputs = invocation.Get(trainOnInputs),
            Precision = invocation.Get(dtype),
        };
        return invocation.Get(template) is { } name ? options with { PromptTemplateName = name } : options;
    }
}
