namespace Luthier.Text.Splitting.Expressions;

/// <summary>A regular expression that can't be used; the message ends a sentence that names it.</summary>
internal sealed class ExpressionException(string problem) : Exception(problem);
