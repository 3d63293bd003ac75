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
        var prefix = schemas.Max(node => PrefixOf(node).Count);
        if (most < least)
        {
            return Expression.Never;
        }

        var rest = schemas.SelectMany(node => RestOf(node) is { } found ? [found] : Array.Empty<SchemaNode>()).ToList();
        if (rest.Exists(node => node.Kind == JsonValueKind.False))
        {
            most = Math.Min(most ?? prefix, prefix);
        }

        var items = new List<Item>();
        var listed = Math.Max(most ?? 0, Math.Max(prefix, least));
        for (var i = 0; i < Math.Min(listed, most ?? listed); i++)
        {
            var element = compiler.ValueOf([.. schemas.SelectMany(schema => SchemasOf(schema, i))]);
            items.Add(new Item(element, IsRequired: i < least));
        }

        if (most is null)
        {
            items.Add(new Item(compiler.ValueOf(rest), IsRequired: false, IsRepeated: true));
        }

        return most < least ? Expression.Never
            : items is [{ IsRepeated: true, Body: Call { Rule: var rule } }] && rule == compiler.Json.Value
                ? new Call(compiler.Json.Array)
            : new Call(new Rule("array") { Depth = 1, Body = compiler.Json.Elements(items) });
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
