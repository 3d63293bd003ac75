using System.Text.Json;
using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Json;

/// <summary>
/// Translates a JSON schema into a grammar: 1. parses it; 2. makes a rule for each schema, or for each set of schemas that
/// hold of the same value, once; 3. of alternatives a choice of rules; 4. of anything else a choice of types.
/// </summary>
/// <remarks>
/// Properties come in the schema's order. Objects whose properties are listed have no others, unless
/// additionalProperties says so. oneOf is as anyOf.
/// </remarks>
internal sealed class SchemaCompiler
{
    private const int MaximumRules = 5_000;

    private static readonly JsonDocumentOptions Strict = new()
    {
        MaxDepth = ConstraintLimits.Nesting,
        AllowDuplicateProperties = false,
    };

    private readonly SchemaNode root;
    private readonly Dictionary<string, Rule> rules = new(StringComparer.Ordinal);
    private readonly Queue<(Rule Rule, Terms Terms)> open = new();
    private readonly TypedSchema typed;

    private SchemaCompiler(JsonElement element, ConstraintLimits limits)
    {
        root = new SchemaNode(element, "#");
        typed = new TypedSchema(this, limits);
    }

    public JsonRules Json { get; } = new();

    /// <exception cref="InvalidConstraintException">The schema is not valid, or uses what is not supported.</exception>
    public static Grammar Compile(string schema, ConstraintLimits limits)
    {
        // 1.
        JsonElement element;
        try
        {
            using var document = JsonDocument.Parse(schema, Strict);
            element = document.RootElement.Clone();
            CheckTexts(element);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidConstraintException($"the JSON schema is not valid JSON: {e.Message}");
        }

        var compiler = new SchemaCompiler(element, limits);
        var rule = compiler.RuleOf(new Terms([compiler.root], [], [], []));
        while (compiler.open.TryDequeue(out var next))
        {
            limits.Work();
            next.Rule.Body = compiler.BodyOf(next.Terms);
        }

        return new Grammar(rule, JsonRules.MaximumDepth);
    }

    /// <summary>A value of which some schemas hold; without any, every value.</summary>
    public Expression ValueOf(IReadOnlyList<SchemaNode> schemas)
    {
        var whole = schemas.Where(node => node.Kind != JsonValueKind.True).ToList();
        return new Call(whole.Count == 0 ? Json.Value : RuleOf(new Terms(whole, [], [], [])));
    }

    /// <exception cref="InvalidOperationException">A text has half of a character.</exception>
    private static void CheckTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    CheckTexts(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    _ = member.Name;
                    CheckTexts(member.Value);
                }

                break;
        }
    }

    // 2.
    private Rule RuleOf(Terms terms)
    {
        var key = terms.Key;
        if (!rules.TryGetValue(key, out var rule))
        {
            if (rules.Count == MaximumRules)
            {
                throw new InvalidConstraintException(
                    $"the JSON schema leads to more than {MaximumRules} combinations of schemas, expected fewer"
                );
            }

            rules.Add(key, rule = new Rule(key));
            open.Enqueue((rule, terms));
        }

        return rule;
    }

    private Expression BodyOf(Terms terms)
    {
        var all = Conjunction.Of(root, terms);
        if (all.IsNever)
        {
            return Expression.Never;
        }

        // 3.
        if (all.Groups is [var group, .. var others])
        {
            var alternatives = group.Node.Elements("an array of schemas");
            return alternatives.Count > 0
                ? Expression.Any([
                    .. alternatives.Select(node => new Call(
                        RuleOf(new Terms([node], group.Owners, all.Plain, others))
                    )),
                ])
                : throw group.Node.Expected("at least one schema");
        }

        // 4.
        return all.Plain.Count == 0 ? new Call(Json.Value) : typed.ValueOf(all.Plain);
    }
}
