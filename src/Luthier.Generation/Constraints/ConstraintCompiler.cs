using Luthier.Generation.Constraints.Automata;
using Luthier.Generation.Constraints.Expressions;
using Luthier.Generation.Constraints.Grammars;
using Luthier.Generation.Constraints.Json;
using Luthier.Generation.Constraints.Masks;
using Luthier.Generation.Constraints.Regexes;
using Luthier.Generation.Constraints.Vocabulary;
using Luthier.Text;

namespace Luthier.Generation.Constraints;

/// <summary>
/// Compiles constraints for the tokens of one tokenizer, and keeps those used last: equal definitions are compiled once.
/// For several threads at once.
/// </summary>
public sealed class ConstraintCompiler
{
    /// <summary>Memory of automata that are kept.</summary>
    private const long MaximumAutomatonBytes = 256L << 20;

    /// <summary>Memory of masks that are kept.</summary>
    private const long MaximumMaskBytes = 128L << 20;

    private const int MaximumChoices = 10_000;

    private readonly Lazy<TokenTrie> trie;
    private readonly int[] endTokens;
    private readonly MaskCache masks = new(MaximumMaskBytes);
    private readonly ConstraintCache cache = new(MaximumAutomatonBytes);

    /// <param name="tokenizer">Says which bytes tokens add to a text.</param>
    /// <param name="endTokens">The tokens that end a text; where there are none, the tokenizer's own.</param>
    public ConstraintCompiler(Tokenizer tokenizer, IReadOnlyList<int>? endTokens = null)
    {
        trie = new Lazy<TokenTrie>(() => TokenTrie.Of(tokenizer, this.endTokens!));
        this.endTokens =
            endTokens is { Count: > 0 } ? [.. endTokens.Distinct()]
            : tokenizer.EosId is { } end ? [end]
            : [];
    }

    /// <summary>Texts that match a regex from start to end.</summary>
    /// <exception cref="InvalidConstraintException">It is not valid, too large, or uses what is not supported.</exception>
    public CompiledConstraint Regex(string pattern) =>
        Compile("regex", pattern, limits => RegexParser.ParseWhole(pattern, limits));

    /// <summary>Any JSON object.</summary>
    public CompiledConstraint JsonObject() =>
        Compile("JSON object", "", _ => new Expressions.Grammar(new JsonRules().Object, JsonRules.MaximumDepth));

    /// <summary>JSON values that a JSON schema describes.</summary>
    /// <exception cref="InvalidConstraintException">It is not valid, too large, or uses what is not supported.</exception>
    public CompiledConstraint JsonSchema(string schema) =>
        Compile("JSON schema", schema, limits => SchemaCompiler.Compile(schema, limits));

    /// <summary>Texts of a grammar in the notation of llama.cpp (GBNF), whose rule root says what a text is.</summary>
    /// <exception cref="InvalidConstraintException">It is not valid, too large, or a rule is recursive at its left.</exception>
    public CompiledConstraint Grammar(string grammar) =>
        Compile("grammar", grammar, limits => GrammarParser.Parse(grammar, limits));

    /// <summary>Exactly one of some texts.</summary>
    /// <exception cref="InvalidConstraintException">There are none, or too many.</exception>
    public CompiledConstraint Choice(IReadOnlyList<string> choices)
    {
        if (choices.Count is 0 or > MaximumChoices)
        {
            throw new InvalidConstraintException($"there are {choices.Count} choices, expected 1 to {MaximumChoices}");
        }

        if (choices.FirstOrDefault(choice => !IsWellFormed(choice)) is { } broken)
        {
            throw new InvalidConstraintException($"the choice '{broken}' has half of a character, expected whole ones");
        }

        return Compile(
            "choice",
            string.Concat(choices.Select(choice => $"{choice.Length}:{choice}")),
            _ => Expression.Any([.. choices.Select(Expression.Literal)])
        );
    }

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }

    private CompiledConstraint Compile(string kind, string definition, Func<ConstraintLimits, Expression> parse) =>
        Compile(
            kind,
            definition,
            limits => new Expressions.Grammar(new Rule("root") { Body = parse(limits) }, MaximumDepth: 0)
        );

    private CompiledConstraint Compile(
        string kind,
        string definition,
        Func<ConstraintLimits, Expressions.Grammar> parse
    )
    {
        ConstraintLimits.CheckLength(kind, definition.Length);
        if (endTokens.Length == 0)
        {
            throw new InvalidConstraintException(
                "the model has no end-of-sequence token, expected one to end constrained texts with"
            );
        }

        return cache.GetOrAdd(
            (kind, definition),
            () =>
            {
                var limits = new ConstraintLimits();
                var automaton = AutomatonBuilder.Build(parse(limits), trie.Value, limits);
                return new CompiledConstraint(automaton, trie.Value, endTokens, masks);
            }
        );
    }
}
