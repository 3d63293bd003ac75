using System.Text.Json;
using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Json;

/// <summary>Objects of the listed properties, in their order, and of others where they are allowed.</summary>
internal sealed class ObjectSchema(SchemaCompiler compiler)
{
    public Expression Of(IReadOnlyList<SchemaNode> schemas)
    {
        var names = schemas.SelectMany(NamesOf).Distinct(StringComparer.Ordinal).ToList();
        var required = schemas.SelectMany(RequiredBy).ToHashSet(StringComparer.Ordinal);
        var rest = schemas
            .SelectMany(node => node.Find("additionalProperties") is { } found ? [found] : NoNodes)
            .ToList();
        var least = schemas.Max(node => node.Count("minProperties") ?? 0);
        var most = schemas.Min(node => node.Count("maxProperties"));
        var isOpen = rest.Count > 0 ? rest.TrueForAll(node => node.Kind != JsonValueKind.False) : names.Count == 0;
        var items = new List<Item>();
        names.AddRange(required.Except(names, StringComparer.Ordinal).Order(StringComparer.Ordinal));
        foreach (var name in names)
        {
            var value = compiler.ValueOf([.. schemas.SelectMany(schema => SchemasOf(schema, name))]);
            items.Add(new Item(compiler.Json.Member(JsonSyntax.Literal(name), value), required.Contains(name)));
        }

        if (isOpen && least > Math.Max(1, required.Count))
        {
            throw schemas[0]
                .Problem("minProperties above 1 for properties of any name is not supported, for they may repeat");
        }

        if (isOpen)
        {
            var key =
                names.Count == 0
                    ? new Call(compiler.Json.String)
                    : (Expression)
                        new Except(
                            JsonSyntax.Quoted(Expression.Many(JsonSyntax.Character)),
                            Expression.Any([.. names.Select(JsonSyntax.AnySpelling)])
                        );
            var member = compiler.Json.Member(key, compiler.ValueOf(rest));
            items.Add(new Item(member, IsRequired: false, IsRepeated: true));
        }

        var isAny = isOpen && names.Count == 0 && rest.TrueForAll(node => node.Kind == JsonValueKind.True);
        return isAny && least == 0 && most is null
            ? new Call(compiler.Json.Object)
            : new Call(new Rule("object") { Depth = 1, Body = compiler.Json.Members(items, least, most) });
    }

    private static SchemaNode[] NoNodes => [];

    private static IEnumerable<string> NamesOf(SchemaNode schema) =>
        schema.Find("properties")?.Members("an object of schemas").Select(member => member.Name) ?? [];

    private static IEnumerable<string> RequiredBy(SchemaNode schema) =>
        schema
            .Find("required")
            ?.Elements("an array of strings")
            .Select(node =>
                node.Kind == JsonValueKind.String ? node.Element.GetString()! : throw node.Expected("a string")
            )
        ?? [];

    /// <summary>What a schema says of a property: by its name, or as one of those that are not listed.</summary>
    private static SchemaNode[] SchemasOf(SchemaNode schema, string name) =>
        schema.Find("properties")?.Find(name) is { } listed ? [listed]
        : schema.Find("additionalProperties") is { } rest ? [rest]
        : [];
}
