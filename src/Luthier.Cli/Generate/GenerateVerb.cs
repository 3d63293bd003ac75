using System.CommandLine;
using System.Diagnostics;
using Luthier.Cli.CommandLine;
using Luthier.Generation;
using Luthier.Models.Adapters;
using Luthier.Models.Checkpoints;
using Luthier.Models.Quantization;
using Luthier.Models.Transformers;
using Luthier.Text.Prompts;

namespace Luthier.Cli.Generate;

/// <summary>Continues a prompt.</summary>
internal sealed class GenerateVerb : Verb
{
    private readonly Option<string?> model = SharedOptions.Model("Folder or GGUF file of the model");
    private readonly Option<WeightMix?> quantization = SharedOptions.Quantization();
    private readonly Option<string?> adapter = SharedOptions.Adapter();
    private readonly Option<string?> prompt = OptionOf.Text("--prompt", "Text to continue");
    private readonly Option<string?> promptIds = OptionOf.Text(
        "--prompt-ids",
        "Token ids to continue, as 1,2,3; needs no tokenizer",
        "IDS"
    );

    private readonly Option<string?> template = OptionOf.Text(
        "--prompt-template-name",
        "Take --prompt as an instruction in this template, a built-in name or a JSON file, and print the answer only",
        "NAME"
    );

    private readonly Option<string?> input = OptionOf.Text("--input", "What the instruction is about");

    private readonly SamplingOptions sampling = new();
    private readonly ConstraintOptions constraint = new();
    private readonly Option<bool> json = OptionOf.Switch(
        "--json",
        "Print one object with prompt_ids, output_ids, text and timings"
    );

    private readonly Option<string?> logitsOut = OptionOf.Text(
        "--logits-out",
        "Write the prompt's logits [tokens, vocabulary] to this safetensors file",
        "FILE"
    );

    public GenerateVerb()
        : base("generate", "Continue a prompt with a model, token by token.")
    {
        AddGroup("Model and prompt", model, quantization, adapter, prompt, template, input, promptIds);
        AddGroup("Sampling", sampling.All);
        AddGroup("Structured output", constraint.All);
        AddGroup("Output", json, logitsOut);
        Require(model);
    }

    public override IReadOnlyList<Example> Examples =>
        [
            new(
                "The most probable continuation",
                "luthier generate --model models/llama --prompt \"Once upon a time\""
            ),
            new(
                "With an adapter and some variety",
                "luthier generate --model models/llama --adapter out --prompt \"Dear\" --temperature 0.8 --top-p 0.95 "
                    + "--seed 7"
            ),
            new(
                "An instruction, as the model was tuned on them",
                "luthier generate --model models/llama --adapter out --prompt-template-name alpaca "
                    + "--prompt \"Translate to French.\" --input \"Good morning\""
            ),
            new(
                "JSON that a schema describes",
                "luthier generate --model models/llama --prompt \"A person:\" --json-schema person.json"
            ),
            new(
                "Ids in, ids out, for a script",
                "luthier generate --model models/llama --prompt-ids 1,9038,2501 --max-new-tokens 16 --json"
            ),
        ];

    public override IEnumerable<string> Check(Invocation invocation)
    {
        if (invocation.IsGiven(prompt) == invocation.IsGiven(promptIds))
        {
            yield return invocation.IsGiven(prompt)
                ? "--prompt and --prompt-ids exclude each other"
                : "a prompt is missing: expected --prompt TEXT or --prompt-ids IDS";
        }

        if (invocation.IsGiven(template) && invocation.IsGiven(promptIds))
        {
            yield return $"{template.Name} needs --prompt";
        }

        if (invocation.IsGiven(input) && !invocation.IsGiven(template))
        {
            yield return $"{input.Name} needs {template.Name}";
        }

        foreach (var problem in constraint.Check(invocation))
        {
            yield return problem;
        }
    }

    public override int Run(Invocation invocation, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        using var device = invocation.Host.CreateDevice();
        using var loaded = ModelLoader.Load(
            invocation.Require(model),
            SharedOptions.LoadOptionsOf(invocation, quantization)
        );
        if (invocation.Get(adapter) is { } adapterPath)
        {
            Adapter.Load(loaded, adapterPath);
        }

        var source = ReadPrompt(invocation, loaded);
        var loadTime = Stopwatch.GetElapsedTime(start);
        using var generator = new Generator(loaded, device);
        if (invocation.Get(logitsOut) is { } file)
        {
            LogitsFile.Write(file, generator.PromptLogits(source.Ids));
        }

        var options = sampling.Read(
            invocation,
            loaded.Generation,
            loaded.Config.VocabularySize,
            hasText: source.Tokenizer is not null
        );
        options = options with { Constraint = constraint.Compile(invocation, source.Tokenizer, options.StopTokens) };
        var asJson = invocation.Get(json);
        var stream = asJson ? null : new TokenStream(invocation.Out, source);
        var result = generator.Generate(
            source.Ids,
            options,
            source.Tokenizer,
            stream is null ? null : stream.Push,
            cancellation
        );
        if (asJson)
        {
            JsonOutput.Write(invocation.Out, writer => GenerationJson.Write(writer, source, result, loadTime));
        }

        stream?.End();
        return result.Reason == FinishReason.Cancelled ? ExitCode.Interrupted : ExitCode.Success;
    }

    private PromptSource ReadPrompt(Invocation invocation, Transformer loaded)
    {
        var text = invocation.Get(prompt);
        return invocation.Get(template) is { } name && text is not null
            ? PromptSource.Load(loaded, PromptTemplate.Load(name).Render(text, invocation.Get(input)), ids: null) with
            {
                IsShown = false,
            }
            : PromptSource.Load(loaded, text, invocation.Get(promptIds));
    }
}
