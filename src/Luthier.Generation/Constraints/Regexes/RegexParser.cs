using Luthier.Generation.Constraints.Expressions;
using Luthier.Text.Unicode;

namespace Luthier.Generation.Constraints.Regexes;

/// <summary>
/// Reads the syntax that regexes of .NET, Python and ECMAScript have in common: classes, groups, alternatives,
/// quantifiers, anchors at the ends, and the flags i and s. \d, \w and \s are of ASCII; characters are code points.
/// </summary>
/// <remarks>
/// Whether quantifiers are lazy and groups capture makes no difference to which texts match. What looks back or around
/// is refused, for it is not regular.
/// </remarks>
internal sealed class RegexParser
{
    private static readonly CodePointSet NotLineFeed = CodePointSet.FromRanges([('\n', '\n')]).Complement();
    private static readonly Expression AnyText = Expression.Many(Expression.OneOf(CodePointSet.All));

    private readonly RegexReader reader;
    private readonly ConstraintLimits limits;
    private bool ignoresCase;
    private bool dotIsAll;
    private int nesting;

    private RegexParser(string pattern, ConstraintLimits limits) =>
        (reader, this.limits) = (new RegexReader(pattern), limits);

    /// <summary>The texts that match from start to end.</summary>
    /// <exception cref="InvalidConstraintException">The pattern is not valid, or uses what is not supported.</exception>
    public static Expression ParseWhole(string pattern, ConstraintLimits limits)
    {
        var parser = new RegexParser(pattern, limits);
        return parser.Resolve(parser.ParseAll(), Expression.Empty, Expression.Empty);
    }

    /// <summary>The texts in which a match is found anywhere.</summary>
    /// <exception cref="InvalidConstraintException">The pattern is not valid, or uses what is not supported.</exception>
    public static Expression ParseSearch(string pattern, ConstraintLimits limits)
    {
        var parser = new RegexParser(pattern, limits);
        return parser.Resolve(parser.ParseAll(), AnyText, AnyText);
    }

    private Expression ParseAll()
    {
        var whole = ParseAlternatives();
        return reader.AtEnd ? whole : throw reader.Problem("a ) that closes nothing");
    }

    private Expression ParseAlternatives()
    {
        if (++nesting > ConstraintLimits.Nesting)
        {
            throw reader.Problem($"more than {ConstraintLimits.Nesting} groups within each other");
        }

        var (outerIgnoresCase, outerDotIsAll) = (ignoresCase, dotIsAll);
        var alternatives = new List<Expression> { ParseSequence() };
        while (reader.TryRead("|"))
        {
            alternatives.Add(ParseSequence());
        }

        (ignoresCase, dotIsAll) = (outerIgnoresCase, outerDotIsAll);
        nesting--;
        return Expression.Any(alternatives);
    }

    private Expression ParseSequence()
    {
        var parts = new List<Expression>();
        while (!reader.AtEnd && reader.Current is not ('|' or ')'))
        {
            limits.Work();
            var start = reader.Position;
            if (ParseAtom() is { } atom)
            {
                parts.Add(ParseQuantifiers(atom, start));
            }
        }

        return Expression.Of(parts);
    }

    /// <summary>What a quantifier would apply to; null for what changes flags only.</summary>
    private Expression? ParseAtom()
    {
        if (reader.TryReadEscapedSet() is { } set)
        {
            return OneOf(set);
        }

        var start = reader.Position;
        if (reader.TryReadBounds() is not null)
        {
            throw reader.Problem("a quantifier after nothing", start);
        }

        var c = reader.ReadCodePoint();
        return c switch
        {
            '(' => ParseGroup(start),
            '[' => OneOf(reader.ReadClass()),
            '.' => Expression.OneOf(dotIsAll ? CodePointSet.All : NotLineFeed),
            '^' => new Anchor(IsStart: true, start),
            '$' => new Anchor(IsStart: false, start),
            '*' or '+' or '?' => throw reader.Problem($"the quantifier {(char)c} after nothing", start),
            '\\' => ParseEscape(start),
            _ => OneOf(CodePointSet.FromRanges([(c, c)])),
        };
    }

    private Expression ParseEscape(int start)
    {
        if (reader.TryRead("A"))
        {
            return new Anchor(IsStart: true, start);
        }

        if (reader.TryRead("z") || reader.TryRead("Z"))
        {
            return new Anchor(IsStart: false, start);
        }

        if (!reader.AtEnd && reader.Current is 'b' or 'B' or 'G')
        {
            throw reader.Problem($"\\{reader.Current}, which looks around and is not supported,", start);
        }

        if (!reader.AtEnd && reader.Current is (>= '1' and <= '9') or 'k')
        {
            throw reader.Problem($"the back-reference \\{reader.Current}, which is not supported,", start);
        }

        var code = reader.ReadEscapedCodePoint();
        return OneOf(CodePointSet.FromRanges([(code, code)]));
    }

    private Expression? ParseGroup(int start)
    {
        var (outerIgnoresCase, outerDotIsAll) = (ignoresCase, dotIsAll);
        if (reader.TryRead("?") && !ReadGroupKind(start))
        {
            return null;
        }

        var body = ParseAlternatives();
        (ignoresCase, dotIsAll) = (outerIgnoresCase, outerDotIsAll);
        return reader.TryRead(")") ? body : throw reader.Problem("a group without an end, expected ),", start);
    }

    /// <summary>Reads what follows (?; false where the group was flags only, which hold to the end of the one around it.</summary>
    private bool ReadGroupKind(int start)
    {
        if (reader.TryRead(":"))
        {
            return true;
        }

        foreach (var lookaround in (ReadOnlySpan<string>)["=", "!", "<=", "<!"])
        {
            if (reader.TryRead(lookaround))
            {
                throw reader.Problem($"the look-around (?{lookaround}, which is not supported,", start);
            }
        }

        if (reader.TryRead("P=") || reader.TryRead("("))
        {
            throw reader.Problem("a back-reference, which is not supported,", start);
        }

        if (reader.TryRead("P<") || reader.TryRead("<"))
        {
            while (!reader.AtEnd && (char.IsAsciiLetterOrDigit(reader.Current) || reader.Current == '_'))
            {
                reader.Position++;
            }

            return reader.TryRead(">") ? true : throw reader.Problem("a name of a group that is not valid", start);
        }

        return ReadFlags(start);
    }

    private bool ReadFlags(int start)
    {
        for (var isOn = true; ; )
        {
            if (reader.TryRead("-"))
            {
                isOn = false;
            }
            else if (reader.TryRead("i"))
            {
                ignoresCase = isOn;
            }
            else if (reader.TryRead("s"))
            {
                dotIsAll = isOn;
            }
            else if (reader.TryRead(":"))
            {
                return true;
            }
            else if (reader.TryRead(")"))
            {
                return false;
            }
            else
            {
                throw reader.Problem(
                    "a kind of group that is not supported, expected (?:, a name, or flags i and s,",
                    start
                );
            }
        }
    }

    private Expression ParseQuantifiers(Expression atom, int start)
    {
        for (var count = 0; ; count++)
        {
            var place = reader.Position;
            if (reader.TryReadQuantifier() is not var (least, most))
            {
                return atom;
            }

            if (count > 0)
            {
                throw reader.Problem("a quantifier after a quantifier", place);
            }

            if (atom is Anchor)
            {
                throw reader.Problem("a quantifier after an anchor", start);
            }

            atom = new Repeat(atom, least, most);
            if (!reader.TryRead("?") && reader.TryRead("+"))
            {
                throw reader.Problem("a possessive quantifier, which is not supported,", place);
            }
        }
    }

    private Expression OneOf(CodePointSet set) => Expression.OneOf(ignoresCase ? CaseVariants.AddTo(set) : set);

    /// <summary>Takes anchors at the ends away; where there is none, more text may come before or after.</summary>
    private Expression Resolve(Expression expression, Expression before, Expression after)
    {
        if (expression is Choice choice)
        {
            return Expression.Any([.. choice.Alternatives.Select(part => Resolve(part, before, after))]);
        }

        IReadOnlyList<Expression> parts = expression is Sequence sequence ? sequence.Parts : [expression];
        var (first, end) = (0, parts.Count);
        for (; first < end && parts[first] is Anchor { IsStart: true }; first++)
        {
            before = Expression.Empty;
        }

        for (; end > first && parts[end - 1] is Anchor { IsStart: false }; end--)
        {
            after = Expression.Empty;
        }

        if (end - first == 1 && parts[first] is Choice or Sequence)
        {
            return Resolve(parts[first], before, after);
        }

        for (var i = first; i < end; i++)
        {
            RefuseAnchors(parts[i]);
        }

        return Expression.Of([before, .. parts.Skip(first).Take(end - first), after]);
    }

    private void RefuseAnchors(Expression expression)
    {
        limits.Work();
        switch (expression)
        {
            case Anchor anchor:
                throw reader.Problem(
                    $"an anchor inside, expected one only at the {(anchor.IsStart ? "start" : "end")} of the regex or of "
                        + "an alternative,",
                    anchor.Position
                );
            case Sequence sequence:
                foreach (var part in sequence.Parts)
                {
                    RefuseAnchors(part);
                }

                break;
            case Choice choice:
                foreach (var part in choice.Alternatives)
                {
                    RefuseAnchors(part);
                }

                break;
            case Repeat repeat:
                RefuseAnchors(repeat.Body);
                break;
        }
    }

    /// <summary>The start or end of the text; until <see cref="Resolve"/>.</summary>
    private sealed record Anchor(bool IsStart, int Position) : Expression;
}
