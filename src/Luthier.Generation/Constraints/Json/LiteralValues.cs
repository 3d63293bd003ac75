using System.Text.Json;
using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Json;

/// <summary>The values that enum and const list, as far as the other keywords allow them.</summary>
internal sealed class LiteralValues(JsonRules json, StringSchema strings)
{
    private static readonly string[] OfObjects = ["properties", "required", "additionalProperties"];
    private static readonly string[] OfArrays = ["items", "prefixItems", "additionalItems", "minItems", "maxItems"];

    public Expression Of(IReadOnlyList<SchemaNode> schemas, IReadOnlySet<string> types)
    {
        List<SchemaNode>? values = null;
        foreach (var listed in schemas.SelectMany(ListsOf))
        {
            values = values is null
                ? [.. listed]
                : values.FindAll(value => listed.Any(other => AreEqual(value, other)));
        }

        var isString = strings.CheckOf(schemas);
        return Expression.Any([
            .. values!.Where(value => IsAllowed(value, schemas, types, isString)).Select(node => Write(node.Element)),
        ]);
    }

    private static IEnumerable<IReadOnlyList<SchemaNode>> ListsOf(SchemaNode schema)
    {
        if (schema.Find("enum") is { } listed)
        {
            var values = listed.Elements("an array of values");
            yield return values.Count > 0 ? values : throw listed.Expected("at least one value");
        }

        if (schema.Find("const") is { } only)
        {
            yield return [only];
        }
    }

    private static bool AreEqual(SchemaNode value, SchemaNode other) =>
        value.Kind == JsonValueKind.Number && other.Kind == JsonValueKind.Number
            ? DecimalNumber.Read(value.Element) is { } number && DecimalNumber.Read(other.Element) == number
            : JsonElement.DeepEquals(value.Element, other.Element);

    private static bool IsAllowed(
        SchemaNode value,
        IReadOnlyList<SchemaNode> schemas,
        IReadOnlySet<string> types,
        Func<string, bool> isString
    )
    {
        switch (value.Kind)
        {
            case JsonValueKind.Object:
                RefuseOthers(value, schemas, OfObjects);
                return types.Contains("object");
            case JsonValueKind.Array:
                RefuseOthers(value, schemas, OfArrays);
                return types.Contains("array");
            case JsonValueKind.String:
                return types.Contains("string") && isString(value.Element.GetString()!);
            case JsonValueKind.Number:
                var number = DecimalNumber.Read(value.Element) ?? throw value.Expected("a number of fewer digits");
                return (types.Contains("number") || (types.Contains("integer") && number.IsInteger))
                    && NumberSchema.IsWithin(schemas, number);
            default:
                return types.Contains(value.Kind == JsonValueKind.Null ? "null" : "boolean");
        }
    }

    private static void RefuseOthers(SchemaNode value, IReadOnlyList<SchemaNode> schemas, string[] keywords)
    {
        foreach (var schema in schemas)
        {
            if (Array.Find(keywords, keyword => schema.Has(keyword)) is { } found)
            {
                throw value.Problem($"objects and arrays in enum or const together with '{found}' are not supported");
            }
        }
    }

    private Expression Write(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => json.Members([
                .. value
                    .EnumerateObject()
                    .Select(member => new Item(
                        json.Member(JsonSyntax.Literal(member.Name), Write(member.Value)),
                        IsRequired: true
                    )),
            ]),
            JsonValueKind.Array => json.Elements([
                .. value.EnumerateArray().Select(element => new Item(Write(element), IsRequired: true)),
            ]),
            JsonValueKind.String => JsonSyntax.Literal(value.GetString()!),
            _ => Expression.Literal(value.GetRawText()),
        };
}
