namespace Luthier.Text.Jinja.Syntax;

internal enum TokenKind
{
    /// <summary>Text between tags, as it is to be printed.</summary>
    Data,
    BlockBegin,
    BlockEnd,
    VariableBegin,
    VariableEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A token of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The text, name, operator or unescaped string.</param>
/// <param name="Position">Where it begins.</param>
/// <param name="Value">The value of a number.</param>
internal readonly record struct Token(TokenKind Kind, string Text, Position Position, object? Value = null)
{
    public bool IsOperator(string text) =>
        Kind == TokenKind.Operator && string.Equals(Text, text, StringComparison.Ordinal);

    public bool IsName(string text) => Kind == TokenKind.Name && string.Equals(Text, text, StringComparison.Ordinal);

    /// <summary>How messages call it.</summary>
    public string Description =>
        Kind switch
        {
            TokenKind.Name or TokenKind.Operator => $"'{Text}'",
            TokenKind.Data => "text",
            TokenKind.BlockBegin => "'{%'",
            TokenKind.BlockEnd => "the end of the tag",
            TokenKind.VariableBegin => "'{{'",
            TokenKind.VariableEnd => "'}}'",
            TokenKind.String => "a string",
            TokenKind.Integer or TokenKind.Float => "a number",
            _ => "the end of the template",
        };
}
