using Luthier.Text.Splitting.Expressions;

namespace Luthier.Text.Splitting;

/// <summary>Chooses how an expression is matched: the scanner written for it, or the general engine.</summary>
internal static class Patterns
{
    /// <param name="expression">In Oniguruma's syntax, as tokenizer.json has it.</param>
    /// <param name="path">The file it comes from, for messages.</param>
    /// <exception cref="ExpressionException">The expression is not valid, or uses what is not supported.</exception>
    public static Pattern FromExpression(string expression, string path)
    {
        // Some files hold line breaks as they are, others as escapes.
        var canonical = expression
            .Replace("\r", @"\r", StringComparison.Ordinal)
            .Replace("\n", @"\n", StringComparison.Ordinal);
        return canonical switch
        {
            Gpt2Pattern.Expression => new Gpt2Pattern(),
            Cl100kPattern.Llama3Expression => new Cl100kPattern(maximumDigits: 3),
            Cl100kPattern.Qwen2Expression => new Cl100kPattern(maximumDigits: 1),
            DeepSeekPattern.Expression => new DeepSeekPattern(),
            _ => (Pattern?)RunPattern.TryCreate(expression) ?? new RegexPattern(expression, path),
        };
    }
}
