using System.Text.RegularExpressions;
using Luthier.Formats;

namespace Luthier.Text.Splitting.Expressions;

/// <summary>A pattern that no scanner was written for.</summary>
internal sealed class RegexPattern : Pattern
{
    /// <summary>Ends a search that an expression from a file makes exponential.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Regex regex;
    private readonly string source;
    private readonly string file;

    /// <exception cref="ExpressionException">The expression is not valid, or uses what is not supported.</exception>
    public RegexPattern(string expression, string path)
    {
        source = expression;
        file = path;
        try
        {
            regex = new Regex(
                ExpressionTranslator.Translate(expression),
                RegexOptions.Compiled | RegexOptions.CultureInvariant,
                Patience
            );
        }
        catch (ArgumentException e)
        {
            throw new ExpressionException(e.Message.TrimEnd('.'));
        }
    }

    public override bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length)
    {
        try
        {
            foreach (var match in regex.EnumerateMatches(text, from))
            {
                (start, length) = (match.Index, match.Length);
                return true;
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new InvalidFileException(file, $"the pattern {source} takes too long on this text", e);
        }

        (start, length) = (0, 0);
        return false;
    }
}
