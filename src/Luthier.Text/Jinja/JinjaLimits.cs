namespace Luthier.Text.Jinja;

/// <summary>
/// What a template may take. Templates come with models from anywhere: none may hold a server up or exhaust its memory.
/// The defaults leave room for conversations of millions of characters.
/// </summary>
public sealed record JinjaLimits
{
    public static JinjaLimits Default { get; } = new();

    /// <summary>Expressions evaluated, items visited and the like, in one rendering.</summary>
    public long Steps { get; init; } = 20_000_000;

    /// <summary>Characters of strings and, at eight each, items of lists that one rendering may make, kept or not.</summary>
    public long Allocation { get; init; } = 128L << 20;

    /// <summary>Characters of the rendered text.</summary>
    public int Output { get; init; } = 16 << 20;

    /// <summary>Macros that may be running inside each other.</summary>
    public int CallDepth { get; init; } = 100;
}
