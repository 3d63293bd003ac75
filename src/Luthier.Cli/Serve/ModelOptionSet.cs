using System.CommandLine;
using Luthier.Cli.CommandLine;
using Luthier.Generation.Engine;
using Luthier.Models.Quantization;
using Luthier.Serving.Models;
using Luthier.Tensors;
using Luthier.Tensors.Devices;
using Luthier.Text.Chat.Tools;

namespace Luthier.Cli.Serve;

/// <summary>The options that say which model is served, and what clients call it.</summary>
internal sealed class ModelOptionSet(string description)
{
    private readonly Option<string[]> names = OptionOf.List(
        "--served-model-name",
        "What clients call the model (default: its path)"
    );

    private readonly Option<DType?> dtype = SharedOptions.DTypeOf("Element type to compute with (default: the files')");
    private readonly Option<WeightMix?> quantization = SharedOptions.Quantization();
    private readonly Option<string?> chatTemplate = OptionOf.ExistingFile(
        "--chat-template",
        "Jinja template of chats, instead of the model's own"
    );

    private readonly Option<bool> autoToolChoice = OptionOf.Switch(
        "--enable-auto-tool-choice",
        "Let the model decide whether to call a tool"
    );

    private readonly Option<string?> toolCallParser = new("--tool-call-parser")
    {
        Description = "The form in which the model writes calls (default: the one that its template asks for)",
        HelpName = string.Join('|', ToolCallParser.All.Select(parser => parser.Name)),
        CustomParser = result =>
            OptionOf.Read(
                result,
                "--tool-call-parser",
                $"one of {string.Join(", ", ToolCallParser.All.Select(parser => parser.Name))}",
                text => ToolCallParser.Find(text) is null ? null : text
            ),
    };

    private readonly Option<string[]> adapters = new("--lora-modules")
    {
        Description = "Adapters to serve beside the model: what clients call each, and its folder",
        HelpName = "NAME=DIR",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    public Option<string?> Path { get; } = SharedOptions.Model(description);

    public IReadOnlyList<Option> All =>
        [Path, names, dtype, quantization, chatTemplate, autoToolChoice, toolCallParser, adapters];

    public IEnumerable<string> Problems(Invocation invocation) =>
        (invocation.Get(adapters) ?? [])
            .Where(text => Adapter(text) is null)
            .Select(text => $"{adapters.Name} has '{text}'; expected NAME=DIR with a folder that exists");

    public ModelOptions Read(Invocation invocation, EngineOptions engine) =>
        new()
        {
            Path = invocation.Require(Path),
            Names = OptionOf.Values(invocation.Get(names)),
            Load = SharedOptions.LoadOptionsOf(invocation, quantization) with { DType = invocation.Get(dtype) },
            ChatTemplate = invocation.Get(chatTemplate),
            AutoToolChoice = invocation.Get(autoToolChoice),
            ToolCallParser = invocation.Get(toolCallParser) is { } name ? ToolCallParser.Find(name) : null,
            Adapters = [.. (invocation.Get(adapters) ?? []).Select(text => Adapter(text)!.Value)],
            Engine = engine,
        };

    /// <exception cref="UsageException">Options don't fit the model.</exception>
    public static async Task<ServedModel> LoadAsync(ModelOptions options, Device device)
    {
        try
        {
            return await ServedModel.LoadAsync(options, device);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    private static KeyValuePair<string, string>? Adapter(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && System.IO.Path.Exists(text[(at + 1)..])
            ? KeyValuePair.Create(text[..at], text[(at + 1)..])
            : null;
}
