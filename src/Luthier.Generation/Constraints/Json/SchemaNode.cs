using System.Text.Json;

namespace Luthier.Generation.Constraints.Json;

/// <summary>A schema within a schema, with its place for messages.</summary>
/// <param name="Pointer">A JSON pointer as in $ref: <c>#</c> or <c>#/properties/name</c>.</param>
internal readonly record struct SchemaNode(JsonElement Element, string Pointer)
{
    private const int ShownCharacters = 40;

    public JsonValueKind Kind => Element.ValueKind;

    /// <summary>A keyword's value; null where it is missing.</summary>
    public SchemaNode? Find(string keyword) =>
        Kind == JsonValueKind.Object && Element.TryGetProperty(keyword, out var value)
            ? new SchemaNode(value, PointerTo(keyword))
            : null;

    public bool Has(string keyword) => Find(keyword) is not null;

    /// <summary>The members of an object in their order.</summary>
    public IEnumerable<(string Name, SchemaNode Node)> Members(string expected)
    {
        if (Kind != JsonValueKind.Object)
        {
            throw Expected(expected);
        }

        foreach (var member in Element.EnumerateObject())
        {
            yield return (member.Name, new SchemaNode(member.Value, PointerTo(member.Name)));
        }
    }

    /// <summary>The elements of an array.</summary>
    public IReadOnlyList<SchemaNode> Elements(string expected)
    {
        if (Kind != JsonValueKind.Array)
        {
            throw Expected(expected);
        }

        var pointer = Pointer;
        return [.. Element.EnumerateArray().Select((element, i) => new SchemaNode(element, $"{pointer}/{i}"))];
    }

    /// <summary>A keyword's number of characters, elements and the like; 2.0 is 2.</summary>
    public int? Count(string keyword)
    {
        if (Find(keyword) is not { } node)
        {
            return null;
        }

        if (
            node.Kind != JsonValueKind.Number
            || !node.Element.TryGetDouble(out var count)
            || count < 0
            || count % 1 != 0
        )
        {
            throw node.Expected("a whole number of 0 or more");
        }

        return count <= ConstraintLimits.Repetitions
            ? (int)count
            : throw node.Expected($"at most {ConstraintLimits.Repetitions}");
    }

    /// <summary>A keyword's number.</summary>
    public DecimalNumber? Number(string keyword)
    {
        if (Find(keyword) is not { } node)
        {
            return null;
        }

        return node.Kind == JsonValueKind.Number
            ? DecimalNumber.Read(node.Element) ?? throw node.Expected("a number of fewer digits")
            : throw node.Expected("a number");
    }

    /// <summary>A keyword's text.</summary>
    public string? Text(string keyword) =>
        Find(keyword) is not { } node ? null
        : node.Kind == JsonValueKind.String ? node.Element.GetString()
        : throw node.Expected("a string");

    /// <summary>A keyword's truth.</summary>
    public bool? Flag(string keyword) =>
        Find(keyword) is not { } node ? null
        : node.Kind is JsonValueKind.True or JsonValueKind.False ? node.Kind == JsonValueKind.True
        : throw node.Expected("true or false");

    public InvalidConstraintException Expected(string what)
    {
        var text = Element.GetRawText();
        var shown = text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "…";
        return Problem($"expected {what}, found {shown}");
    }

    public InvalidConstraintException Problem(string what) => new($"the JSON schema at {Pointer}: {what}");

    private string PointerTo(string name) =>
        $"{Pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
}
