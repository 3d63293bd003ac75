using Luthier.Formats;
using Luthier.Generation.Constraints;
using Luthier.Generation.Engine;
using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Models.Transformers;
using Luthier.Serving.Answers;
using Luthier.Tensors.Devices;
using Luthier.Text;
using Luthier.Text.Chat;
using Luthier.Text.Chat.Tools;

namespace Luthier.Serving.Models;

/// <summary>A model in an engine, under the names by which clients ask for it.</summary>
public sealed class ServedModel : IAsyncDisposable
{
    private readonly Transformer transformer;

    private ServedModel(
        Transformer transformer,
        Tokenizer tokenizer,
        ChatTemplate? template,
        InferenceEngine engine,
        ModelOptions options
    )
    {
        this.transformer = transformer;
        Tokenizer = tokenizer;
        Engine = engine;
        Path = options.Path;
        Template = template;
        Constraints = new ConstraintCompiler(tokenizer, transformer.Generation.EndOfSequence);
        TokenTexts = new TokenTexts(tokenizer);
        ToolCallParser = ParserFor(template, options);
        Pooling = options.Pooling;
        Names = options.Names.Count > 0 ? options.Names : [options.Path];
    }

    /// <summary>Where it was loaded from.</summary>
    public string Path { get; }

    /// <summary>What clients may call it; answers use the first.</summary>
    public IReadOnlyList<string> Names { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>Makes prompts of chats; null: the model has none.</summary>
    public ChatTemplate? Template { get; }

    /// <summary>Finds calls of tools where the model may choose whether to call; null: it may not choose.</summary>
    public ToolCallParser? ToolCallParser { get; }

    /// <summary>How embeddings are made where a request doesn't say.</summary>
    public Pooling Pooling { get; }

    public InferenceEngine Engine { get; }

    /// <summary>Makes constraints in the model's tokens.</summary>
    internal ConstraintCompiler Constraints { get; }

    /// <summary>Lets a few compile constraints at a time.</summary>
    internal SemaphoreSlim Compiling { get; } = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>What the model's tokens spell.</summary>
    internal TokenTexts TokenTexts { get; }

    public ModelConfig Config => transformer.Config;

    public GenerationConfig Generation => transformer.Generation;

    /// <summary>When it was loaded.</summary>
    internal DateTimeOffset Created { get; } = TimeProvider.System.GetUtcNow();

    /// <summary>Whether a token ends the model's texts by itself.</summary>
    internal bool Ends(int token) => Generation.EndOfSequence.Contains(token);

    /// <summary>Loads a model, its tokenizer and adapters, and starts an engine.</summary>
    /// <param name="options">What to load.</param>
    /// <param name="device">What computes; the engine's alone until the model is disposed of.</param>
    /// <exception cref="ArgumentException">Options are out of range or don't fit the model.</exception>
    /// <exception cref="IOException">A file can't be opened.</exception>
    /// <exception cref="InvalidFileException">A file is not what it should be.</exception>
    public static async Task<ServedModel> LoadAsync(ModelOptions options, Device device)
    {
        var loaded = ModelLoader.Load(options.Path, options.Load);
        InferenceEngine? engine = null;
        try
        {
            var tokenizer = Tokenizer.Load(options.Path);
            var template = options.ChatTemplate is { } file
                ? ChatTemplate.Load(file, tokenizer.SpecialTokens)
                : ChatTemplate.Of(tokenizer);
            engine = new InferenceEngine(loaded, tokenizer, device, options.Engine);
            foreach (var (name, folder) in options.Adapters)
            {
                CheckName(options, name);
                await engine.LoadAdapterAsync(name, folder).ConfigureAwait(false);
            }

            return new ServedModel(loaded, tokenizer, template, engine, options);
        }
        catch
        {
            if (engine is not null)
            {
                await engine.DisposeAsync().ConfigureAwait(false);
            }

            loaded.Dispose();
            throw;
        }
    }

    private static void CheckName(ModelOptions options, string adapter)
    {
        if (options.Names.Contains(adapter, StringComparer.Ordinal))
        {
            throw new ArgumentException($"'{adapter}' names the model and an adapter: expected different names");
        }
    }

    private static ToolCallParser? ParserFor(ChatTemplate? template, ModelOptions options) =>
        !options.AutoToolChoice
            ? null
            : options.ToolCallParser
                ?? (template is null ? null : ToolCallParser.Detect(template))
                ?? throw new ArgumentException(
                    "the form of tool calls can't be told from the chat template: name the parser, "
                        + $"{string.Join(" or ", ToolCallParser.All.Select(parser => parser.Name))}"
                );

    /// <summary>Stops the engine, which cancels what runs, and frees the weights.</summary>
    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync().ConfigureAwait(false);
        transformer.Dispose();
        Compiling.Dispose();
    }
}
