namespace Luthier.Text.Chat;

/// <summary>How a template wants the contents of messages.</summary>
public enum ChatContentFormat
{
    /// <summary>As the template's loops tell.</summary>
    Auto,

    /// <summary>As text; the parts of a list are joined by line feeds.</summary>
    String,

    /// <summary>As a list of parts, as OpenAI's API has it: <c>{"type": "text", "text": …}</c>.</summary>
    OpenAI,
}
