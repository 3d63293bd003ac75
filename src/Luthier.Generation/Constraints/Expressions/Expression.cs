using System.Text;
using Luthier.Text.Unicode;

namespace Luthier.Generation.Constraints.Expressions;

/// <summary>A language of texts: what regexes, schemas, grammars and choices are translated to.</summary>
internal abstract record Expression
{
    /// <summary>The empty text.</summary>
    public static Expression Empty { get; } = new Sequence([]);

    /// <summary>No text at all.</summary>
    public static Expression Never { get; } = new Choice([]);

    /// <summary>One text.</summary>
    public static Expression Literal(string text) => new Bytes(Encoding.UTF8.GetBytes(text));

    /// <summary>One character of a set.</summary>
    public static Expression OneOf(CodePointSet set) => new Characters(set);

    /// <summary>One after the other.</summary>
    public static Expression Of(params IReadOnlyList<Expression> parts) =>
        parts is [var single] ? single : new Sequence(parts);

    /// <summary>One or another.</summary>
    public static Expression Any(params IReadOnlyList<Expression> alternatives) =>
        alternatives is [var single] ? single : new Choice(alternatives);

    public static Expression Optional(Expression body) => new Repeat(body, 0, 1);

    public static Expression Many(Expression body) => new Repeat(body, 0, null);
}

/// <summary>These bytes.</summary>
internal sealed record Bytes(byte[] Value) : Expression;

/// <summary>One character of a set, in UTF-8.</summary>
internal sealed record Characters(CodePointSet Set) : Expression;

/// <summary>One after the other; none is the empty text.</summary>
internal sealed record Sequence(IReadOnlyList<Expression> Parts) : Expression;

/// <summary>One of several; none is no text.</summary>
internal sealed record Choice(IReadOnlyList<Expression> Alternatives) : Expression;

/// <summary>So many times; no maximum: any number.</summary>
internal sealed record Repeat(Expression Body, int Minimum, int? Maximum) : Expression;

/// <summary>What a rule says, which may call itself.</summary>
internal sealed record Call(Rule Rule) : Expression;

/// <summary>What is in both languages. Neither has a <see cref="Call"/>.</summary>
internal sealed record Both(Expression First, Expression Second) : Expression;

/// <summary>What is in the first language but not in the second. Neither has a <see cref="Call"/>.</summary>
internal sealed record Except(Expression First, Expression Second) : Expression;

/// <summary>Items in their order, at least one, with a separator between those that are there.</summary>
/// <param name="IsPositional">Where an item is left out, so are all after it.</param>
internal sealed record Separated(IReadOnlyList<Item> Items, Expression Separator, bool IsPositional) : Expression
{
    /// <summary>So many are there at least; 0 is as 1.</summary>
    public int Minimum { get; init; }

    /// <summary>So many are there at most; null: any number.</summary>
    public int? Maximum { get; init; }
}

/// <param name="IsRequired">Whether it must be there.</param>
/// <param name="IsRepeated">Whether it may be there several times.</param>
internal readonly record struct Item(Expression Body, bool IsRequired, bool IsRepeated = false);

/// <summary>A language with a name.</summary>
internal sealed class Rule(string name)
{
    public string Name => name;

    /// <summary>Set once, after the rules that it calls and that call it were made.</summary>
    public Expression Body { get; set; } = Expression.Never;

    /// <summary>
    /// Not 0: rules of this number, in whatever grammar, have this body, which calls no rule. What was found out about one
    /// of them holds for all.
    /// </summary>
    public int SharedId { get; init; }

    /// <summary>How much it counts towards <see cref="Grammar.MaximumDepth"/> while it is open: 0 or 1.</summary>
    public int Depth { get; init; }
}

/// <summary>A language whose rules may be recursive.</summary>
/// <param name="Root">What a text is.</param>
/// <param name="MaximumDepth">So deep may rules be open within each other.</param>
internal sealed record Grammar(Rule Root, int MaximumDepth);
