using Luthier.Formats.Json;
using Luthier.Text.Splitting;
using Luthier.Text.Splitting.Expressions;

namespace Luthier.Text.HuggingFace;

/// <summary>Reads a pattern: <c>{"String": "…"}</c> or <c>{"Regex": "…"}</c>.</summary>
internal static class PatternReader
{
    public static Pattern Read(JsonField field)
    {
        if (field.Kind == System.Text.Json.JsonValueKind.Object && field.Find("Regex") is { } expression)
        {
            try
            {
                return Patterns.FromExpression(expression.AsString(), field.Source);
            }
            catch (ExpressionException e)
            {
                throw expression.Invalid($"is not a regular expression that can be used: {e.Message}");
            }
        }

        var literal = field.Kind == System.Text.Json.JsonValueKind.String ? field : field["String"];
        return literal.AsString() is { Length: > 0 } text
            ? new LiteralPattern(text)
            : throw literal.Expected("a string that is not empty");
    }
}
