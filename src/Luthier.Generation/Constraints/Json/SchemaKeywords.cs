using System.Collections.Frozen;
using System.Text.Json;

namespace Luthier.Generation.Constraints.Json;

/// <summary>Which keywords mean something here, and which say nothing about what is valid.</summary>
internal static class SchemaKeywords
{
    private static readonly FrozenSet<string> Supported = FrozenSet.Create(
        StringComparer.Ordinal,
        [
            "$ref",
            "additionalItems",
            "additionalProperties",
            "allOf",
            "anyOf",
            "const",
            "enum",
            "exclusiveMaximum",
            "exclusiveMinimum",
            "format",
            "items",
            "maxItems",
            "maxLength",
            "maxProperties",
            "maximum",
            "minItems",
            "minLength",
            "minProperties",
            "minimum",
            "nullable",
            "oneOf",
            "pattern",
            "prefixItems",
            "properties",
            "required",
            "type",
        ]
    );

    private static readonly FrozenSet<string> Annotations = FrozenSet.Create(
        StringComparer.Ordinal,
        [
            "$comment",
            "$defs",
            "$id",
            "$schema",
            "contentEncoding",
            "contentMediaType",
            "default",
            "definitions",
            "deprecated",
            "description",
            "discriminator",
            "example",
            "examples",
            "externalDocs",
            "id",
            "readOnly",
            "title",
            "writeOnly",
            "xml",
        ]
    );

    // Values with which a keyword demands nothing.
    private static readonly FrozenDictionary<string, Func<JsonElement, bool>> Vacuous = new Dictionary<
        string,
        Func<JsonElement, bool>
    >(StringComparer.Ordinal)
    {
        ["uniqueItems"] = value => value.ValueKind == JsonValueKind.False,
        ["patternProperties"] = value => value.ValueKind == JsonValueKind.Object && !value.EnumerateObject().Any(),
        ["propertyNames"] = value => value.ValueKind == JsonValueKind.True,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <exception cref="InvalidConstraintException">A keyword is not supported.</exception>
    public static void Check(SchemaNode schema)
    {
        foreach (var (name, value) in schema.Members("a schema: an object, true or false"))
        {
            var isKnown =
                Supported.Contains(name)
                || Annotations.Contains(name)
                || name.StartsWith("x-", StringComparison.Ordinal)
                || (Vacuous.TryGetValue(name, out var isVacuous) && isVacuous(value.Element));
            if (!isKnown)
            {
                throw schema.Problem($"the keyword '{name}' is not supported");
            }
        }
    }
}
