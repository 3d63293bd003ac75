using Luthier.Text.Jinja.Running;

namespace Luthier.Text.Jinja.Values;

/// <summary>What can be called.</summary>
internal abstract class Callable
{
    /// <summary>Python's name for its kind.</summary>
    public abstract string TypeName { get; }

    public abstract object? Call(RenderContext context, Arguments arguments);
}

/// <summary>A global function, or a method of a value.</summary>
/// <param name="typeName">Python's name for its kind.</param>
/// <param name="signature">Its parameters.</param>
/// <param name="body">What it does.</param>
internal sealed class BuiltinFunction(string typeName, Signature signature, Func<BoundArguments, object?> body)
    : Callable
{
    public override string TypeName => typeName;

    public override object? Call(RenderContext context, Arguments arguments) =>
        body(signature.Bind(context, arguments));
}

/// <summary>As <see cref="BuiltinFunction"/>, but takes any arguments.</summary>
internal sealed class VariadicFunction(string typeName, Func<RenderContext, Arguments, object?> body) : Callable
{
    public override string TypeName => typeName;

    public override object? Call(RenderContext context, Arguments arguments) => body(context, arguments);
}
