using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Tree;

namespace Luthier.Text.Jinja.Syntax;

/// <summary>Reads a template's statements.</summary>
internal sealed class Parser
{
    private const int MaximumParameters = 255;

    private readonly TokenStream stream;
    private readonly ExpressionParser expressions;
    private readonly TargetParser targets;

    private Parser(TokenStream stream)
    {
        this.stream = stream;
        expressions = new ExpressionParser(stream);
        targets = new TargetParser(stream);
    }

    /// <exception cref="JinjaException">The template is not valid.</exception>
    public static Block Parse(string source) => new Parser(new TokenStream(Lexer.Read(source))).ParseBody("", []);

    /// <summary>
    /// Statements up to a tag with one of the names given, whose name is then the current token; for the template itself
    /// up to its end.
    /// </summary>
    private Block ParseBody(string tag, string[] ends)
    {
        var position = stream.Current.Position;
        List<Statement> statements = [];
        while (true)
        {
            var token = stream.Current;
            switch (token.Kind)
            {
                case TokenKind.Data:
                    stream.Next();
                    statements.Add(new TextOutput(token.Position, token.Text));
                    break;
                case TokenKind.VariableBegin:
                    stream.Next();
                    statements.Add(new Print(token.Position, expressions.ParseTuple()));
                    stream.Expect(TokenKind.VariableEnd, "'}}'");
                    break;
                case TokenKind.BlockBegin:
                    stream.Next();
                    if (Array.Exists(ends, stream.Current.IsName))
                    {
                        return new Block(position, statements);
                    }

                    statements.AddRange(ParseStatement(tag, ends));
                    stream.Expect(TokenKind.BlockEnd, "the end of the tag");
                    break;
                default:
                    return ends.Length == 0
                        ? new Block(position, statements)
                        : throw stream.Problem($"'{tag}' is not closed; expected {Alternatives(ends)}");
            }
        }
    }

    private IEnumerable<Statement> ParseStatement(string tag, string[] ends)
    {
        stream.Enter();
        var token = stream.Expect(TokenKind.Name, "the name of a tag");
        IEnumerable<Statement> statements = token.Text switch
        {
            "for" => [ParseFor(token.Position)],
            "if" => [ParseIf(token.Position)],
            "set" => [ParseSet(token.Position)],
            "macro" => [ParseMacro(token.Position)],
            "call" => [ParseCall(token.Position)],
            "filter" => [ParseFilter(token.Position)],
            "with" => [ParseWith(token.Position)],
            "print" => ParsePrint(token.Position),
            "generation" => [new Generation(token.Position, ParseMacroBody(token, [], []))],
            "break" => [new LoopControl(token.Position, Flow.Break)],
            "continue" => [new LoopControl(token.Position, Flow.Continue)],
            "block" or "extends" or "include" or "import" or "from" or "autoescape" => throw Problem(
                token,
                $"'{token.Text}' is not supported: a chat template stands by itself"
            ),
            _ => throw Problem(
                token,
                ends.Length == 0
                    ? $"unknown tag '{token.Text}'"
                    : $"unknown tag '{token.Text}'; expected {Alternatives(ends)} for '{tag}'"
            ),
        };
        stream.Leave();
        return statements;
    }

    /// <summary>The body of a block and its end; the tag that ends it becomes the current token and is skipped.</summary>
    private Block ParseBlock(string tag, params string[] ends)
    {
        // As in Python, a colon may follow.
        stream.TryReadOperator(":");
        stream.Expect(TokenKind.BlockEnd, "the end of the tag");
        return ParseBody(tag, ends);
    }

    private Block ParseLastBlock(string tag, string end)
    {
        var block = ParseBlock(tag, end);
        stream.Next();
        return block;
    }

    private For ParseFor(Position position)
    {
        var target = targets.Parse();
        stream.ExpectName("in");
        var items = expressions.ParseTuple(withConditional: false);
        var test = stream.TryReadName("if") ? expressions.Parse() : null;
        var isRecursive = stream.TryReadName("recursive");
        var body = ParseBlock("for", "endfor", "else");
        var otherwise = stream.Next().IsName("else") ? ParseLastBlock("for", "endfor") : null;
        return new For(position, target, items, test, body, otherwise, isRecursive);
    }

    private If ParseIf(Position position)
    {
        List<(Expression, Block)> branches = [];
        while (true)
        {
            var test = expressions.ParseTuple(withConditional: false);
            branches.Add((test, ParseBlock("if", "elif", "else", "endif")));
            var token = stream.Next();
            if (!token.IsName("elif"))
            {
                return new If(position, branches, token.IsName("else") ? ParseLastBlock("if", "endif") : null);
            }
        }
    }

    private Statement ParseSet(Position position)
    {
        var target = targets.Parse(withNamespace: true);
        if (stream.TryReadOperator("="))
        {
            return new Set(position, target, expressions.ParseTuple());
        }

        var filter = expressions.ParseFilters(null);
        return new SetBlock(position, target, filter, ParseLastBlock("set", "endset"));
    }

    private MacroDefinition ParseMacro(Position position)
    {
        var name = targets.ParseName();
        var (parameters, defaults) = ParseSignature();
        return new MacroDefinition(
            position,
            name,
            new MacroBody(position, parameters, defaults, ParseLastBlock("macro", "endmacro"))
        );
    }

    private CallBlock ParseCall(Position position)
    {
        var (parameters, defaults) = stream.Current.IsOperator("(") ? ParseSignature() : ([], []);
        if (expressions.Parse() is not Call call)
        {
            throw new JinjaException(JinjaErrorKind.Syntax, "expected a call of a macro", position);
        }

        var body = ParseLastBlock("call", "endcall");
        return new CallBlock(position, call, new MacroBody(position, parameters, defaults, body));
    }

    private MacroBody ParseMacroBody(Token tag, List<NameTarget> parameters, List<Expression> defaults) =>
        new(tag.Position, parameters, defaults, ParseLastBlock(tag.Text, "end" + tag.Text));

    private (List<NameTarget> Parameters, List<Expression> Defaults) ParseSignature()
    {
        List<NameTarget> parameters = [];
        List<Expression> defaults = [];
        stream.ExpectOperator("(");
        while (!stream.TryReadOperator(")"))
        {
            if (parameters.Count > 0)
            {
                stream.ExpectOperator(",");
            }

            var parameter = targets.ParseName();
            if (parameters.Count == MaximumParameters)
            {
                throw stream.Problem($"a macro has more than {MaximumParameters} parameters");
            }

            if (parameters.Exists(p => string.Equals(p.Identifier, parameter.Identifier, StringComparison.Ordinal)))
            {
                throw stream.Problem($"the parameter '{parameter.Identifier}' is given twice");
            }

            parameters.Add(parameter);
            if (stream.TryReadOperator("="))
            {
                defaults.Add(expressions.Parse());
            }
            else if (defaults.Count > 0)
            {
                throw stream.Problem("a parameter without a default follows one with a default");
            }
        }

        return (parameters, defaults);
    }

    private FilterBlock ParseFilter(Position position)
    {
        var filter = expressions.ParseFilters(null, startsInline: true)!;
        return new FilterBlock(position, filter, ParseLastBlock("filter", "endfilter"));
    }

    private With ParseWith(Position position)
    {
        List<(Target, Expression)> variables = [];
        while (stream.Current.Kind != TokenKind.BlockEnd)
        {
            if (variables.Count > 0)
            {
                stream.ExpectOperator(",");
            }

            var target = targets.Parse();
            stream.ExpectOperator("=");
            variables.Add((target, expressions.Parse()));
        }

        return new With(position, variables, ParseLastBlock("with", "endwith"));
    }

    private List<Statement> ParsePrint(Position position)
    {
        List<Statement> statements = [];
        while (stream.Current.Kind != TokenKind.BlockEnd)
        {
            if (statements.Count > 0)
            {
                stream.ExpectOperator(",");
            }

            statements.Add(new Print(position, expressions.Parse()));
        }

        return statements;
    }

    private static string Alternatives(string[] names) => string.Join(" or ", names.Select(name => $"'{name}'"));

    private static JinjaException Problem(Token token, string problem) =>
        new(JinjaErrorKind.Syntax, problem, token.Position);
}
