namespace Luthier.Text.Jinja.Values;

/// <summary>A value with attributes of its own.</summary>
internal interface IAttributes
{
    /// <summary>What Jinja2 calls its type.</summary>
    string TypeName { get; }

    bool TryGetAttribute(string attribute, out object? value);
}
