namespace Luthier.Text.Splitting;

/// <summary>Finds stretches of text: a literal, a scanner written for a well-known pattern, or a regular expression.</summary>
internal abstract class Pattern
{
    /// <summary>The first match that starts at or after <paramref name="from"/>; it may be empty.</summary>
    public abstract bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length);
}

/// <summary>Matches a string that is not empty.</summary>
internal sealed class LiteralPattern(string literal) : Pattern
{
    public string Literal => literal;

    public override bool TryFind(ReadOnlySpan<char> text, int from, out int start, out int length)
    {
        var found = text[from..].IndexOf(literal, StringComparison.Ordinal);
        start = from + found;
        length = literal.Length;
        return found >= 0;
    }
}
