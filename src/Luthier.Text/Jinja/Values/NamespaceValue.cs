namespace Luthier.Text.Jinja.Values;

/// <summary>What <c>namespace()</c> makes: the one value whose attributes a template may set.</summary>
internal sealed class NamespaceValue(DictValue attributes) : IAttributes
{
    public string TypeName => "Namespace";

    public DictValue Attributes => attributes;

    public bool TryGetAttribute(string attribute, out object? value) => attributes.TryGet(attribute, out value);
}
