using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Tree;

namespace Luthier.Text.Jinja.Values;

/// <summary>A macro with the variables around its definition; calling it gives the text that its body writes.</summary>
internal sealed class Macro(string name, MacroBody body, Frame frame) : Callable, IAttributes
{
    public override string TypeName => "Macro";

    public string Name => name;

    public override object? Call(RenderContext context, Arguments arguments) =>
        body.Call(context, frame, name, arguments);

    public bool TryGetAttribute(string attribute, out object? value)
    {
        value = attribute switch
        {
            "name" => name,
            "arguments" => new TupleValue([.. body.Parameters]),
            "catch_kwargs" => body.TakesNamed,
            "catch_varargs" => body.TakesRest,
            "caller" => body.TakesCaller,
            _ => Missing.Value,
        };
        return value is not Missing;
    }
}
