using Luthier.Text.Jinja.Tree;

namespace Luthier.Text.Jinja.Syntax;

/// <summary>
/// Reads expressions, from what binds least to what binds most: <c>if else</c>, <c>or</c>, <c>and</c>, <c>not</c>,
/// comparisons, <c>+ -</c>, <c>~</c>, <c>* / // %</c>, <c>**</c>, signs, then names and literals with what follows them.
/// </summary>
internal sealed class ExpressionParser
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];
    private static readonly string[] Products = ["*", "/", "//", "%"];

    private readonly TokenStream stream;
    private readonly OperandParser operands;

    public ExpressionParser(TokenStream stream)
    {
        this.stream = stream;
        operands = new OperandParser(stream, this);
    }

    /// <summary>One expression.</summary>
    public Expression Parse(bool withConditional = true)
    {
        stream.Enter();
        var expression = withConditional ? ParseConditional() : ParseOr();
        stream.Leave();
        return expression;
    }

    /// <summary>One expression, or several with commas, which are a tuple.</summary>
    /// <param name="withConditional">Whether an <c>if</c> belongs to the expression.</param>
    /// <param name="mayBeEmpty">Whether nothing at all is an empty tuple.</param>
    public Expression ParseTuple(bool withConditional = true, bool mayBeEmpty = false)
    {
        var position = stream.Current.Position;
        List<Expression> items = [];
        var isTuple = false;
        while (!IsTupleEnd())
        {
            items.Add(Parse(withConditional));
            if (!stream.TryReadOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        if (isTuple || (items.Count == 0 && mayBeEmpty))
        {
            return new TupleLiteral(position, items);
        }

        return items.Count > 0 ? items[0] : throw stream.Unexpected("an expression");
    }

    /// <summary>Filters in a row; without a value where the first stands at the beginning of a block.</summary>
    public FilterCall? ParseFilters(Expression? value, bool startsInline = false)
    {
        FilterCall? filter = null;
        while (startsInline || stream.TryReadOperator("|"))
        {
            startsInline = false;
            var position = stream.Current.Position;
            var name = ParseDottedName("the name of a filter");
            var arguments = stream.Current.IsOperator("(") ? operands.ParseArguments() : CallArguments.None;
            filter = new FilterCall(position, filter ?? value, name, arguments);
        }

        return filter;
    }

    private bool IsTupleEnd() =>
        stream.Current.Kind is TokenKind.BlockEnd or TokenKind.VariableEnd || stream.Current.IsOperator(")");

    private Expression ParseConditional()
    {
        var position = stream.Current.Position;
        var value = ParseOr();
        while (stream.TryReadName("if"))
        {
            var test = ParseOr();
            var otherwise = stream.TryReadName("else") ? Parse() : null;
            value = new Conditional(position, test, value, otherwise);
            position = stream.Current.Position;
        }

        return value;
    }

    private Expression ParseOr() => ParseJunction("or", ParseAnd, isOr: true);

    private Expression ParseAnd() => ParseJunction("and", ParseNot, isOr: false);

    private Expression ParseJunction(string word, Func<Expression> parseOperand, bool isOr)
    {
        var position = stream.Current.Position;
        List<Expression> parts = [parseOperand()];
        while (stream.TryReadName(word))
        {
            parts.Add(parseOperand());
        }

        return parts.Count == 1 ? parts[0] : new Junction(position, isOr, parts);
    }

    private Expression ParseNot()
    {
        var position = stream.Current.Position;
        if (!stream.TryReadName("not"))
        {
            return ParseComparison();
        }

        stream.Enter();
        var operand = ParseNot();
        stream.Leave();
        return new Unary(position, "not", operand);
    }

    private Expression ParseComparison()
    {
        var position = stream.Current.Position;
        var first = ParseSum();
        List<(string, Expression)> rest = [];
        while (ReadComparison() is { } sign)
        {
            rest.Add((sign, ParseSum()));
        }

        return rest.Count == 0 ? first : new Comparison(position, first, rest);
    }

    private string? ReadComparison()
    {
        if (stream.Current.Kind == TokenKind.Operator)
        {
            return Array.Exists(Comparisons, stream.Current.IsOperator) ? stream.Next().Text : null;
        }

        if (stream.TryReadName("in"))
        {
            return "in";
        }

        if (stream.Current.IsName("not") && stream.Following.IsName("in"))
        {
            stream.Next();
            stream.Next();
            return "not in";
        }

        return null;
    }

    private Expression ParseSum() => ParseBinary(["+", "-"], ParseConcatenation);

    private Expression ParseConcatenation()
    {
        var position = stream.Current.Position;
        List<Expression> parts = [ParseProduct()];
        while (stream.TryReadOperator("~"))
        {
            parts.Add(ParseProduct());
        }

        return parts.Count == 1 ? parts[0] : new Concatenation(position, parts);
    }

    private Expression ParseProduct() => ParseBinary(Products, ParsePower);

    // Powers are taken from the left, and signs bind more, unlike in Python.
    private Expression ParsePower() => ParseBinary(["**"], () => ParseUnary(withFilters: true));

    private Expression ParseBinary(string[] signs, Func<Expression> parseOperand)
    {
        var position = stream.Current.Position;
        var left = parseOperand();
        while (Array.Exists(signs, stream.Current.IsOperator))
        {
            var sign = stream.Next().Text;
            left = new Binary(position, sign, left, parseOperand());
            position = stream.Current.Position;
        }

        return left;
    }

    private Expression ParseUnary(bool withFilters)
    {
        var token = stream.Current;
        Expression node;
        if (token.IsOperator("-") || token.IsOperator("+"))
        {
            stream.Next();
            stream.Enter();
            node = new Unary(token.Position, token.Text, ParseUnary(withFilters: false));
            stream.Leave();
        }
        else
        {
            node = operands.ParsePrimary();
        }

        node = operands.ParsePostfix(node);
        return withFilters ? ParseFiltersAndTests(node) : node;
    }

    private Expression ParseFiltersAndTests(Expression node)
    {
        while (true)
        {
            if (stream.Current.IsOperator("|"))
            {
                node = ParseFilters(node)!;
            }
            else if (stream.Current.IsName("is"))
            {
                node = ParseTest(node);
            }
            else if (stream.Current.IsOperator("("))
            {
                node = new Call(stream.Current.Position, node, operands.ParseArguments());
            }
            else
            {
                return node;
            }
        }
    }

    private Expression ParseTest(Expression value)
    {
        var position = stream.Next().Position;
        var isNegated = stream.TryReadName("not");
        var name = ParseDottedName("the name of a test");
        var arguments = CallArguments.None;
        if (stream.Current.IsOperator("("))
        {
            arguments = operands.ParseArguments();
        }
        else if (StartsArgument(stream.Current))
        {
            if (stream.Current.IsName("is"))
            {
                throw stream.Problem("You cannot chain multiple tests with is");
            }

            arguments = new CallArguments([operands.ParsePostfix(operands.ParsePrimary())], [], null, null);
        }

        Expression test = new TestCall(position, value, name, arguments);
        return isNegated ? new Unary(position, "not", test) : test;
    }

    // A test may be given one argument without parentheses.
    private static bool StartsArgument(Token token) =>
        token.Kind switch
        {
            TokenKind.Name => token.Text is not ("else" or "or" or "and"),
            TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
            _ => token.IsOperator("[") || token.IsOperator("{"),
        };

    private string ParseDottedName(string expected)
    {
        var name = stream.Expect(TokenKind.Name, expected).Text;
        while (stream.TryReadOperator("."))
        {
            name += "." + stream.Expect(TokenKind.Name, expected).Text;
        }

        return name;
    }
}
