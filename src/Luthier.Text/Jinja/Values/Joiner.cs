using Luthier.Text.Jinja.Running;

namespace Luthier.Text.Jinja.Values;

/// <summary>What <c>joiner()</c> makes: gives nothing when called first, then its separator.</summary>
internal sealed class Joiner(object? separator) : Callable, IAttributes
{
    private bool isUsed;

    public override string TypeName => "Joiner";

    public override object? Call(RenderContext context, Arguments arguments)
    {
        var result = isUsed ? separator : "";
        isUsed = true;
        return result;
    }

    public bool TryGetAttribute(string attribute, out object? value)
    {
        value = attribute switch
        {
            "sep" => separator,
            "used" => isUsed,
            _ => null,
        };
        return attribute is "sep" or "used";
    }
}
