namespace Luthier.Text.Chat;

/// <summary>A chat template as the files of a model hold it.</summary>
/// <param name="Name"><c>default</c>, <c>tool_use</c> for conversations with tools, or another.</param>
/// <param name="Text">The template, in Jinja.</param>
/// <param name="Origin">What messages call the place that it came from.</param>
public sealed record ChatTemplateSource(string Name, string Text, string Origin)
{
    /// <summary>The name of the template that a model uses if there is no reason for another.</summary>
    public const string Default = "default";

    /// <summary>The name of the template for conversations with tools.</summary>
    public const string ToolUse = "tool_use";
}
