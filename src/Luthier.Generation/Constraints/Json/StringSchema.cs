using Luthier.Generation.Constraints.Automata;
using Luthier.Generation.Constraints.Expressions;
using Luthier.Generation.Constraints.Regexes;
using Luthier.Text.Unicode;

namespace Luthier.Generation.Constraints.Json;

/// <summary>Strings of so many characters, of a pattern, of a format.</summary>
internal sealed class StringSchema(JsonRules json, ConstraintLimits limits)
{
    /// <summary>Up to so many characters, all that a character may be is part of each one's states.</summary>
    private const int FewCharacters = 500;

    private const int MaximumPatterns = 16;

    public Expression Of(IReadOnlyList<SchemaNode> schemas)
    {
        var least = schemas.Max(node => node.Count("minLength") ?? 0);
        var most = schemas.Min(node => node.Count("maxLength"));
        if (most < least)
        {
            return Expression.Never;
        }

        var patterns = PatternsOf(schemas);
        if (patterns.Count == 0)
        {
            return least == 0 && most is null ? new Call(json.String) : OfLength(least, most);
        }

        if (least > 0 || most is not null)
        {
            patterns.Add(new Repeat(Expression.OneOf(CodePointSet.All), least, most));
        }

        return JsonSyntax.Quoted(
            patterns.Select(JsonSyntax.Escape).Aggregate((first, second) => new Both(first, second))
        );
    }

    /// <summary>Says whether a text is as the keywords for strings say.</summary>
    public Func<string, bool> CheckOf(IReadOnlyList<SchemaNode> schemas)
    {
        var least = schemas.Max(node => node.Count("minLength") ?? 0);
        var most = schemas.Min(node => node.Count("maxLength")) ?? int.MaxValue;
        var patterns = PatternsOf(schemas).ConvertAll(pattern => new Recognizer(pattern, limits));
        return text =>
            text.EnumerateRunes().Count() is var length
            && length >= least
            && length <= most
            && patterns.TrueForAll(pattern => pattern.Accepts(text));
    }

    private Expression OfLength(int least, int? most)
    {
        var character =
            (most ?? least) <= FewCharacters
                ? JsonSyntax.Character
                : Expression.Any(JsonSyntax.PlainCharacter, new Call(json.OtherCharacter));
        return JsonSyntax.Quoted(new Repeat(character, least, most));
    }

    private List<Expression> PatternsOf(IReadOnlyList<SchemaNode> schemas)
    {
        List<Expression> patterns = [.. schemas.SelectMany(PatternsOf)];
        return patterns.Count <= MaximumPatterns
            ? patterns
            : throw schemas[0].Problem($"more than {MaximumPatterns} patterns and formats hold of one string");
    }

    private IEnumerable<Expression> PatternsOf(SchemaNode schema)
    {
        if (schema.Text("pattern") is { } pattern)
        {
            yield return Located(schema, "pattern", () => RegexParser.ParseSearch(pattern, limits));
        }

        if (schema.Text("format") is { } format && !IsForNumbers(format))
        {
            yield return StringFormats.Find(format, limits)
                ?? throw schema.Problem(
                    $"the format '{format}' is not supported, expected one of {StringFormats.Known}"
                );
        }
    }

    // OpenAPI's formats say how numbers are stored.
    private static bool IsForNumbers(string format) => format is "int32" or "int64" or "float" or "double";

    private static Expression Located(SchemaNode schema, string keyword, Func<Expression> parse)
    {
        try
        {
            return parse();
        }
        catch (InvalidConstraintException e)
        {
            throw schema.Find(keyword)!.Value.Problem(e.Message);
        }
    }
}
