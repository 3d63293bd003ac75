using Luthier.Text.Jinja.Running;

namespace Luthier.Text.Jinja.Values;

/// <summary>What <c>cycler()</c> makes: goes through its items again and again.</summary>
internal sealed class Cycler(object?[] items) : IAttributes
{
    private static readonly Signature NextSignature = new("next", "");
    private static readonly Signature ResetSignature = new("reset", "");

    private int position;

    public string TypeName => "Cycler";

    public bool TryGetAttribute(string attribute, out object? value)
    {
        value = attribute switch
        {
            "current" => items[position],
            "pos" => (long)position,
            "items" => new TupleValue(items),
            "next" => new BuiltinFunction("method", NextSignature, _ => Next()),
            "reset" => new BuiltinFunction("method", ResetSignature, _ => Reset()),
            _ => Missing.Value,
        };
        return value != (object)Missing.Value;
    }

    private object? Next()
    {
        var item = items[position];
        position = (position + 1) % items.Length;
        return item;
    }

    private object? Reset()
    {
        position = 0;
        return null;
    }
}
