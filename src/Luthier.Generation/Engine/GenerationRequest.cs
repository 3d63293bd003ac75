namespace Luthier.Generation.Engine;

/// <summary>One text to continue.</summary>
public sealed record GenerationRequest
{
    /// <summary>What logs and messages call it.</summary>
    public required string Id { get; init; }

    /// <summary>At least one token.</summary>
    public required IReadOnlyList<int> Prompt { get; init; }

    /// <summary>How it is continued. The text also ends where the engine's context does.</summary>
    public GenerationOptions Options { get; init; } = new();

    /// <summary>Name of a loaded adapter; null: the model itself.</summary>
    public string? Adapter { get; init; }

    /// <summary>Only requests with the same salt share what was computed; null: those without one.</summary>
    public string? CacheSalt { get; init; }

    /// <summary>
    /// For each token of the prompt its log-probability, and so many of the most probable tokens, are told; null: not. The
    /// whole prompt is computed then, whatever is known of it.
    /// </summary>
    public int? PromptLogprobs { get; init; }

    /// <summary>Lower ones are served first.</summary>
    public int Priority { get; init; }
}
