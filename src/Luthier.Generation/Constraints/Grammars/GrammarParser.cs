using System.Text;
using Luthier.Generation.Constraints.Expressions;
using Luthier.Generation.Constraints.Regexes;
using Luthier.Text.Unicode;

namespace Luthier.Generation.Constraints.Grammars;

/// <summary>
/// Reads grammars in the notation of llama.cpp (GBNF): rules <c>name ::= …</c> of texts in quotes, classes in brackets,
/// names of rules, groups, alternatives and quantifiers; # starts a comment. A text is what the rule root says.
/// </summary>
internal sealed class GrammarParser
{
    /// <summary>So deep may rules be open within each other.</summary>
    private const int MaximumDepth = 256;

    private readonly RegexReader reader;
    private readonly ConstraintLimits limits;
    private readonly Dictionary<string, (Rule Rule, int Used)> rules = new(StringComparer.Ordinal);
    private readonly HashSet<string> defined = new(StringComparer.Ordinal);
    private int nesting;

    private GrammarParser(string grammar, ConstraintLimits limits) =>
        (reader, this.limits) = (new RegexReader(grammar, "grammar"), limits);

    /// <exception cref="InvalidConstraintException">The grammar is not valid.</exception>
    public static Grammar Parse(string grammar, ConstraintLimits limits)
    {
        var parser = new GrammarParser(grammar, limits);
        parser.SkipBlanks();
        while (!parser.reader.AtEnd)
        {
            parser.ParseRule();
        }

        foreach (var (name, (_, used)) in parser.rules)
        {
            if (!parser.defined.Contains(name))
            {
                throw parser.reader.Problem($"no rule '{name}', which is used", used);
            }
        }

        return parser.rules.TryGetValue("root", out var root)
            ? new Grammar(root.Rule, MaximumDepth)
            : throw new InvalidConstraintException(
                "the grammar has no rule 'root', expected one such as root ::= \"yes\""
            );
    }

    private void ParseRule()
    {
        var start = reader.Position;
        var name = ReadName();
        SkipBlanks();
        if (name.Length == 0 || !reader.TryRead("::="))
        {
            throw reader.Problem("no rule, expected one such as name ::= \"text\",", start);
        }

        if (!defined.Add(name))
        {
            throw reader.Problem($"a second rule '{name}'", start);
        }

        SkipBlanks();
        RuleOf(name, start).Body = ParseAlternatives();
        if (!reader.AtEnd && !IsAtRule())
        {
            throw reader.Problem("what is no part of a rule");
        }
    }

    private Expression ParseAlternatives()
    {
        if (++nesting > ConstraintLimits.Nesting)
        {
            throw reader.Problem($"more than {ConstraintLimits.Nesting} groups within each other");
        }

        var alternatives = new List<Expression> { ParseSequence() };
        while (reader.TryRead("|"))
        {
            SkipBlanks();
            alternatives.Add(ParseSequence());
        }

        nesting--;
        return Expression.Any(alternatives);
    }

    private Expression ParseSequence()
    {
        var parts = new List<Expression>();
        while (!reader.AtEnd && reader.Current is not ('|' or ')') && !IsAtRule())
        {
            limits.Work();
            parts.Add(ParseQuantifiers(ParseAtom()));
        }

        return Expression.Of(parts);
    }

    private Expression ParseAtom()
    {
        var start = reader.Position;
        Expression atom;
        if (reader.TryRead("\""))
        {
            atom = ParseText(start);
        }
        else if (reader.TryRead("["))
        {
            atom = Expression.OneOf(reader.ReadClass());
        }
        else if (reader.TryRead("."))
        {
            atom = Expression.OneOf(CodePointSet.All);
        }
        else if (reader.TryRead("("))
        {
            SkipBlanks();
            atom = ParseAlternatives();
            if (!reader.TryRead(")"))
            {
                throw reader.Problem("a group without an end, expected ),", start);
            }
        }
        else
        {
            var name = ReadName();
            atom =
                name.Length > 0
                    ? new Call(RuleOf(name, start))
                    : throw reader.Problem("what is no text, class, group or name of a rule");
        }

        SkipBlanks();
        return atom;
    }

    private Expression ParseText(int start)
    {
        var text = new StringBuilder();
        while (!reader.TryRead("\""))
        {
            if (reader.AtEnd)
            {
                throw reader.Problem("a text without an end, expected \",", start);
            }

            var code = reader.TryRead("\\") ? reader.ReadEscapedCodePoint() : reader.ReadCodePoint();
            text.Append(char.ConvertFromUtf32(code));
        }

        return Expression.Literal(text.ToString());
    }

    private Expression ParseQuantifiers(Expression atom)
    {
        while (reader.TryReadQuantifier() is var (least, most))
        {
            atom = new Repeat(atom, least, most);
            SkipBlanks();
        }

        return atom;
    }

    private Rule RuleOf(string name, int position)
    {
        if (!rules.TryGetValue(name, out var known))
        {
            rules.Add(name, known = (new Rule(name) { Depth = 1 }, position));
        }

        return known.Rule;
    }

    /// <summary>Whether the next rule begins here.</summary>
    private bool IsAtRule()
    {
        var start = reader.Position;
        var hasName = ReadName().Length > 0;
        SkipBlanks();
        var isRule = hasName && reader.TryRead("::=");
        reader.Position = start;
        return isRule;
    }

    private string ReadName()
    {
        var name = new StringBuilder();
        while (!reader.AtEnd && (char.IsAsciiLetterOrDigit(reader.Current) || reader.Current is '-' or '_'))
        {
            name.Append(reader.Current);
            reader.Position++;
        }

        return name.ToString();
    }

    private void SkipBlanks()
    {
        for (var isComment = false; !reader.AtEnd; reader.Position++)
        {
            isComment = (isComment || reader.Current == '#') && reader.Current is not ('\n' or '\r');
            if (!isComment && !char.IsWhiteSpace(reader.Current))
            {
                return;
            }
        }
    }
}
