using Luthier.Generation.Engine;
using Luthier.Tensors;

namespace Luthier.Serving.Models;

/// <summary>Which model is served, and how.</summary>
public sealed record ModelOptions
{
    /// <summary>A Hugging Face folder.</summary>
    public required string Path { get; init; }

    /// <summary>What clients call it; empty: its path.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>What its weights are converted to; null: as they are.</summary>
    public DType? DType { get; init; }

    /// <summary>Adapters to load with it: what clients call each, and its folder.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Adapters { get; init; } = [];

    /// <summary>A file with the template of chats, instead of the model's own.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>How embeddings are made where a request doesn't say.</summary>
    public Pooling Pooling { get; init; } = Pooling.Last;

    public EngineOptions Engine { get; init; } = new();
}
