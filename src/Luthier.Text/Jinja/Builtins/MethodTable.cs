using System.Collections.Frozen;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>The methods of a type of values.</summary>
/// <param name="methods">Name, parameters as <see cref="Signature"/> reads them, and what the method does.</param>
internal sealed class MethodTable<T>(
    params (string Name, string Parameters, Func<T, BoundArguments, object?> Body)[] methods
)
{
    private readonly FrozenDictionary<string, (Signature Signature, Func<T, BoundArguments, object?> Body)> byName =
        methods.ToFrozenDictionary(
            m => m.Name,
            m => (new Signature(m.Name, m.Parameters), m.Body),
            StringComparer.Ordinal
        );

    /// <summary>The method of a value, or <see cref="Missing"/>.</summary>
    public object Find(T owner, string name) =>
        byName.TryGetValue(name, out var method)
            ? new BuiltinFunction(
                "builtin_function_or_method",
                method.Signature,
                arguments => method.Body(owner, arguments)
            )
            : Missing.Value;
}
