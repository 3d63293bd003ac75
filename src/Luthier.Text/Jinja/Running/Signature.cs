using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Running;

/// <summary>The parameters of a built-in, in Python's terms.</summary>
internal sealed class Signature
{
    private readonly string name;
    private readonly string[] parameters;
    private readonly int required;
    private readonly bool takesNames;

    /// <param name="name">What messages call it.</param>
    /// <param name="parameters">
    /// Names separated by spaces; those with <c>?</c> may be left out. A <c>/</c> at the end: none can be given by name.
    /// </param>
    public Signature(string name, string parameters)
    {
        this.name = name;
        var words = parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        takesNames = words is not [.., "/"];
        this.parameters = [.. words.Where(w => w is not "/").Select(w => w.TrimEnd('?'))];
        required = words.Count(w => w is not "/" && !w.EndsWith('?'));
    }

    /// <summary>A value for each parameter; <see cref="Missing"/> for those left out.</summary>
    /// <exception cref="JinjaException">The arguments don't fit.</exception>
    public BoundArguments Bind(RenderContext context, Arguments arguments)
    {
        var values = new object?[parameters.Length];
        Array.Fill(values, Missing.Value);
        if (arguments.Positional.Length > parameters.Length)
        {
            throw Errors.Type(
                $"{name}() takes at most {parameters.Length} argument(s) but {arguments.Positional.Length} were given"
            );
        }

        arguments.Positional.CopyTo(values, 0);
        foreach (var (key, value) in arguments.Named)
        {
            var index = takesNames ? Array.IndexOf(parameters, key) : -1;
            if (index < 0)
            {
                throw Errors.Type($"{name}() takes no argument named '{key}'");
            }

            if (values[index] != (object)Missing.Value)
            {
                throw Errors.Type($"{name}() got more than one value for '{key}'");
            }

            values[index] = value;
        }

        var missing = Array.IndexOf(values, Missing.Value, 0, required);
        return missing < 0
            ? new BoundArguments(context, name, parameters, values)
            : throw Errors.Type($"{name}() needs the argument '{parameters[missing]}'");
    }
}
