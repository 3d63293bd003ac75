using System.Text.Json;
using Luthier.Generation.Constraints.Expressions;

namespace Luthier.Generation.Constraints.Json;

/// <summary>Numbers and integers between bounds.</summary>
internal sealed class NumberSchema(JsonRules json)
{
    public Expression Of(IReadOnlyList<SchemaNode> schemas, bool isInteger)
    {
        var (least, most) = BoundsOf(schemas);
        if (least is null && most is null)
        {
            return new Call(isInteger ? json.Integer : json.Number);
        }

        var range = NumberRange.Between(least, most);
        return isInteger ? new Both(range, JsonSyntax.IntegerOf(DigitsOf(least, most))) : range;
    }

    /// <summary>Whether a number is within the bounds of schemas.</summary>
    public static bool IsWithin(IReadOnlyList<SchemaNode> schemas, DecimalNumber number)
    {
        var (least, most) = BoundsOf(schemas);
        var fromLeast = least is { } low ? DecimalNumber.Compare(number, low.Value) : 1;
        var toMost = most is { } high ? DecimalNumber.Compare(high.Value, number) : 1;
        return fromLeast >= (least?.IsExclusive == true ? 1 : 0) && toMost >= (most?.IsExclusive == true ? 1 : 0);
    }

    private static (NumberBound? Least, NumberBound? Most) BoundsOf(IReadOnlyList<SchemaNode> schemas)
    {
        NumberBound? least = null;
        NumberBound? most = null;
        foreach (var schema in schemas)
        {
            foreach (var bound in BoundsOf(schema, "minimum", "exclusiveMinimum"))
            {
                least = least is { } other && !IsTighter(bound, other, 1) ? least : bound;
            }

            foreach (var bound in BoundsOf(schema, "maximum", "exclusiveMaximum"))
            {
                most = most is { } other && !IsTighter(bound, other, -1) ? most : bound;
            }
        }

        return (least, most);
    }

    private static bool IsTighter(NumberBound bound, NumberBound other, int direction)
    {
        var order = direction * DecimalNumber.Compare(bound.Value, other.Value);
        return order > 0 || (order == 0 && bound.IsExclusive);
    }

    /// <summary>In the oldest drafts, the exclusive keyword is true or false and speaks of the other one.</summary>
    private static IEnumerable<NumberBound> BoundsOf(SchemaNode schema, string inclusive, string exclusive)
    {
        var isFlag = schema.Find(exclusive) is { Kind: JsonValueKind.True or JsonValueKind.False };
        if (schema.Number(inclusive) is { } bound)
        {
            yield return new NumberBound(bound, isFlag && schema.Flag(exclusive) == true);
        }

        if (!isFlag && schema.Number(exclusive) is { } excluded)
        {
            yield return new NumberBound(excluded, IsExclusive: true);
        }
    }

    private static int DigitsOf(NumberBound? least, NumberBound? most) =>
        Math.Max(JsonSyntax.Digits, Math.Max(least?.Value.Integer.Length ?? 0, most?.Value.Integer.Length ?? 0) + 1);
}
