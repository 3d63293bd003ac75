namespace Luthier.Text.Jinja.Operations;

/// <summary>The exceptions of operations; the renderer adds the place.</summary>
internal static class Errors
{
    /// <summary>A value is of the wrong type, or an argument does not fit: Python's TypeError.</summary>
    public static JinjaException Type(string problem) => new(JinjaErrorKind.Evaluation, problem);

    /// <summary>The type is right but the value is not: Python's ValueError and its like.</summary>
    public static JinjaException Value(string problem) => new(JinjaErrorKind.Evaluation, problem);

    public static JinjaException Limit(string problem) => new(JinjaErrorKind.Limit, problem);
}
