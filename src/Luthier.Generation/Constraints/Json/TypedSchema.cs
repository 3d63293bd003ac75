using System.Text.Json;
using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Json;

/// <summary>The values of the types that schemas allow, as their keywords say.</summary>
internal sealed class TypedSchema(SchemaCompiler compiler, ConstraintLimits limits)
{
    private static readonly string[] Types = ["object", "array", "string", "number", "integer", "boolean", "null"];

    private readonly ObjectSchema objects = new(compiler);
    private readonly ArraySchema arrays = new(compiler);
    private readonly StringSchema strings = new(compiler.Json, limits);
    private readonly NumberSchema numbers = new(compiler.Json);

    /// <param name="schemas">All of them hold; their $ref, allOf, anyOf and oneOf do not count.</param>
    public Expression ValueOf(IReadOnlyList<SchemaNode> schemas)
    {
        var types = TypesOf(schemas);
        if (schemas.Any(node => node.Has("enum") || node.Has("const")))
        {
            return new LiteralValues(compiler.Json, strings).Of(schemas, types);
        }

        return Expression.Any([.. Types.Where(types.Contains).Select(type => OfType(type, schemas))]);
    }

    private Expression OfType(string type, IReadOnlyList<SchemaNode> schemas) =>
        type switch
        {
            "object" => objects.Of(schemas),
            "array" => arrays.Of(schemas),
            "string" => strings.Of(schemas),
            "number" => numbers.Of(schemas, isInteger: false),
            "integer" => numbers.Of(schemas, isInteger: true),
            "boolean" => Expression.Any(Expression.Literal("true"), Expression.Literal("false")),
            _ => Expression.Literal("null"),
        };

    /// <summary>The types that all schemas allow; number stands for integer too.</summary>
    private static HashSet<string> TypesOf(IReadOnlyList<SchemaNode> schemas)
    {
        var types = Types.ToHashSet(StringComparer.Ordinal);
        foreach (var schema in schemas)
        {
            if (schema.Find("type") is { } node)
            {
                types.IntersectWith(NamesOf(schema, node));
            }
        }

        if (types.Contains("number"))
        {
            types.Remove("integer");
        }

        return types;
    }

    private static HashSet<string> NamesOf(SchemaNode schema, SchemaNode node)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in node.Kind == JsonValueKind.Array ? node.Elements("") : [node])
        {
            var type = name.Kind == JsonValueKind.String ? name.Element.GetString()! : "";
            names.Add(Types.Contains(type) ? type : throw name.Expected($"one of {string.Join(", ", Types)}"));
        }

        if (names.Contains("number"))
        {
            names.Add("integer");
        }

        if (schema.Flag("nullable") == true)
        {
            names.Add("null");
        }

        return names;
    }
}
