namespace Luthier.Text.Chat;

/// <summary>A conversation is not what it should be. The message names the field.</summary>
/// <param name="path">The field, such as <c>messages[2].content</c>.</param>
/// <param name="problem">What is wrong with it.</param>
public sealed class ChatInputException(string path, string problem) : Exception($"{path}: {problem}")
{
    /// <summary>The field.</summary>
    public string Path => path;
}
