using Luthier.Generation.Engine;
using Luthier.Models.Checkpoints;
using Luthier.Text.Chat.Tools;

namespace Luthier.Serving.Models;

/// <summary>Which model is served, and how.</summary>
public sealed record ModelOptions
{
    /// <summary>A Hugging Face folder or a GGUF file.</summary>
    public required string Path { get; init; }

    /// <summary>What clients call it; empty: its path.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>How its weights come into memory.</summary>
    public LoadOptions Load { get; init; } = new();

    /// <summary>Adapters to load with it: what clients call each, and its folder.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Adapters { get; init; } = [];

    /// <summary>A file with the template of chats, instead of the model's own.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Whether the model may decide to call tools.</summary>
    public bool AutoToolChoice { get; init; }

    /// <summary>The form in which it then writes calls; null: the one that its template asks for.</summary>
    public ToolCallParser? ToolCallParser { get; init; }

    /// <summary>How embeddings are made where a request doesn't say.</summary>
    public Pooling Pooling { get; init; } = Pooling.Last;

    public EngineOptions Engine { get; init; } = new();
}
