using Luthier.Text.Jinja.Syntax;

namespace Luthier.Text.Jinja;

/// <summary>Why a template could not be read or rendered.</summary>
public enum JinjaErrorKind
{
    /// <summary>The template is not valid.</summary>
    Syntax,

    /// <summary>Something was done with a value that is not defined.</summary>
    Undefined,

    /// <summary>An operation does not suit its values.</summary>
    Evaluation,

    /// <summary>The template tried what the sandbox forbids.</summary>
    Security,

    /// <summary>The template takes too much: steps, memory, output or nesting.</summary>
    Limit,

    /// <summary>The template itself refused its input, by <c>raise_exception</c>.</summary>
    Raised,
}

/// <summary>A template can't be read or rendered. The message is one sentence that names the place.</summary>
public sealed class JinjaException : Exception
{
    internal JinjaException(JinjaErrorKind kind, string problem, Position position = default)
        : base(problem)
    {
        Kind = kind;
        Problem = problem;
        Position = position;
    }

    public JinjaErrorKind Kind { get; }

    /// <summary>What is wrong, without the place. For <see cref="JinjaErrorKind.Raised"/> the template's own words.</summary>
    public string Problem { get; }

    /// <summary>The line of the template, from 1.</summary>
    public int Line => Position.Line;

    /// <summary>The character of the line, from 1.</summary>
    public int Column => Position.Column;

    public override string Message => Position == default ? Problem : $"line {Line}, column {Column}: {Problem}";

    /// <summary>Where it happened; filled in by the renderer where an operation threw, which knows no places.</summary>
    internal Position Position { get; set; }
}
