using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Json;

/// <summary>The rules of JSON without a schema. What several places call is one rule, so that it is compiled once.</summary>
internal sealed class JsonRules
{
    /// <summary>So deep may objects and arrays be within each other: what readers take unless told otherwise.</summary>
    public const int MaximumDepth = 64;

    public JsonRules()
    {
        Value.Body = Expression.Any(
            new Call(Object),
            new Call(Array),
            new Call(String),
            new Call(Number),
            Expression.Literal("true"),
            Expression.Literal("false"),
            Expression.Literal("null")
        );
        Object.Body = Members([
            new Item(Member(new Call(String), new Call(Value)), IsRequired: false, IsRepeated: true),
        ]);
        Array.Body = Elements([new Item(new Call(Value), IsRequired: false, IsRepeated: true)]);
    }

    public Rule Value { get; } = new("value");

    public Rule Object { get; } = new("object") { Depth = 1 };

    public Rule Array { get; } = new("array") { Depth = 1 };

    public Rule String { get; } =
        new("string") { SharedId = 1, Body = JsonSyntax.Quoted(Expression.Many(JsonSyntax.Character)) };

    public Rule Number { get; } = new("number") { SharedId = 2, Body = JsonSyntax.Number };

    public Rule Integer { get; } = new("integer") { SharedId = 3, Body = JsonSyntax.Integer };

    /// <summary>Characters of strings beyond those that stand for themselves in ASCII.</summary>
    public Rule OtherCharacter { get; } = new("character") { SharedId = 4, Body = JsonSyntax.OtherCharacter };

    private Rule Space { get; } = new("space") { SharedId = 5, Body = JsonSyntax.Space };

    /// <summary>A key, a colon and a value.</summary>
    public Expression Member(Expression key, Expression value) =>
        Expression.Of(key, Expression.Literal(":"), new Call(Space), value);

    /// <summary>An object of members in their order.</summary>
    public Expression Members(IReadOnlyList<Item> members, int minimum = 0, int? maximum = null) =>
        Bracketed("{", members, isPositional: false, minimum, maximum, "}");

    /// <summary>An array of elements; where one is left out, so are all after it.</summary>
    public Expression Elements(IReadOnlyList<Item> elements, int minimum = 0, int? maximum = null) =>
        Bracketed("[", elements, isPositional: true, minimum, maximum, "]");

    private Expression Bracketed(
        string open,
        IReadOnlyList<Item> items,
        bool isPositional,
        int minimum,
        int? maximum,
        string close
    )
    {
        var space = new Call(Space);
        var separator = Expression.Of(Expression.Literal(","), space);
        var list = new Separated(items, separator, isPositional) { Minimum = minimum, Maximum = maximum };
        var inside = maximum == 0 ? Expression.Never : Expression.Of(list, space);
        if (minimum == 0 && !items.Any(item => item.IsRequired))
        {
            inside = Expression.Optional(inside);
        }

        return Expression.Of(Expression.Literal(open), space, inside, Expression.Literal(close));
    }
}
