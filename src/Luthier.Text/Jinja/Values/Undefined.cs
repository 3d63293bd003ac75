using Luthier.Text.Jinja.Operations;

namespace Luthier.Text.Jinja.Values;

/// <summary>
/// What a name, attribute or item is that does not exist: prints as nothing, is false and has no items; everything else
/// that one does with it is an error, whose sentence says what was missing.
/// </summary>
internal sealed class Undefined
{
    private readonly JinjaErrorKind kind;
    private readonly string? problem;
    private readonly object? owner;
    private readonly object? name;

    private Undefined(JinjaErrorKind kind, string? problem, object? owner, object? name)
    {
        this.kind = kind;
        this.problem = problem;
        this.owner = owner;
        this.name = name;
    }

    public static Undefined Because(string problem) => new(JinjaErrorKind.Undefined, problem, null, null);

    public static Undefined Variable(string name) => Because($"'{name}' is undefined");

    /// <summary>There is no such attribute or item.</summary>
    public static Undefined Member(object? owner, object? name) => new(JinjaErrorKind.Undefined, null, owner, name);

    /// <summary>There is such an attribute, but templates may not use it.</summary>
    public static Undefined Unsafe(object? owner, string name) =>
        new(
            JinjaErrorKind.Security,
            $"access to attribute '{name}' of '{TypeNames.Of(owner)}' object is unsafe.",
            owner,
            name
        );

    /// <summary>The exception for using it; for the caller to throw.</summary>
    public JinjaException Error() => new(kind, problem ?? Describe());

    private string Describe()
    {
        var described = TypeNames.Describe(owner);
        return name is string attribute
            ? $"'{described}' has no attribute {Printing.Quote(attribute)}"
            : $"{described} has no element {Printing.ReprForMessage(name)}";
    }
}
