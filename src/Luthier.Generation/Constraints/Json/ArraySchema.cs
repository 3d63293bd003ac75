using System.Text.Json;
using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Json;

/// <summary>Arrays: first the elements that have schemas of their own, then the others.</summary>
internal sealed class ArraySchema(SchemaCompiler compiler)
{
    public Expression Of(IReadOnlyList<SchemaNode> schemas)
    {
        var least = schemas.Max(node => node.Count("minItems") ?? 0);
        var most = schemas.Min(node => node.Count("maxItems"));
        if (most < least)
        {
            return Expression.Never;
        }

        var prefix = schemas.Max(node => PrefixOf(node).Count);
        var items = new List<Item>();
        for (var i = 0; i < prefix; i++)
        {
            var element = compiler.ValueOf([.. schemas.SelectMany(schema => SchemasOf(schema, i))]);
            items.Add(new Item(element, IsRequired: false));
        }

        List<SchemaNode> rest = [.. schemas.SelectMany(schema => SchemasOf(schema, int.MaxValue))];
        items.Add(new Item(compiler.ValueOf(rest), IsRequired: false, IsRepeated: true));
        return items is [{ Body: Call { Rule: var rule } }] && rule == compiler.Json.Value && least == 0 && most is null
            ? new Call(compiler.Json.Array)
            : new Call(new Rule("array") { Depth = 1, Body = compiler.Json.Elements(items, least, most) });
    }

    /// <summary>Schemas of the first elements; older drafts have them as an array in items.</summary>
    private static IReadOnlyList<SchemaNode> PrefixOf(SchemaNode schema) =>
        schema.Find("prefixItems")?.Elements("an array of schemas")
        ?? (schema.Find("items") is { Kind: JsonValueKind.Array } items ? items.Elements("") : []);

    private static SchemaNode? RestOf(SchemaNode schema) =>
        schema.Find("items") is { Kind: not JsonValueKind.Array } items ? items
        : schema.Has("prefixItems") ? null
        : schema.Find("additionalItems");

    private static IEnumerable<SchemaNode> SchemasOf(SchemaNode schema, int index)
    {
        var prefix = PrefixOf(schema);
        return index < prefix.Count ? [prefix[index]]
            : RestOf(schema) is { } rest ? [rest]
            : [];
    }
}
