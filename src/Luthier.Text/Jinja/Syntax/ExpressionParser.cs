using Luthier.Text.Jinja.Tree;

namespace Luthier.Text.Jinja.Syntax;

/// <summary>
/// Reads expressions, from what binds least to what binds most: <c>if else</c>, <c>or</c>, <c>and</c>, <c>not</c>,
/// comparisons, <c>+ -</c>, <c>~</c>, <c>* / // %</c>, <c>**</c>, signs, then names and literals with what follows them.
/// </summary>
internal sealed class ExpressionParser(TokenStream stream)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];
    private static readonly string[] Products = ["*", "/", "//", "%"];

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
            var arguments = stream.Current.IsOperator("(") ? ParseArguments() : CallArguments.None;
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
        List<Expression> operands = [parseOperand()];
        while (stream.TryReadName(word))
        {
            operands.Add(parseOperand());
        }

        return operands.Count == 1 ? operands[0] : new Junction(position, isOr, operands);
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
        List<Expression> operands = [ParseProduct()];
        while (stream.TryReadOperator("~"))
        {
            operands.Add(ParseProduct());
        }

        return operands.Count == 1 ? operands[0] : new Concatenation(position, operands);
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
            node = ParsePrimary();
        }

        node = ParsePostfix(node);
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
                node = new Call(stream.Current.Position, node, ParseArguments());
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
            arguments = ParseArguments();
        }
        else if (StartsArgument(stream.Current))
        {
            if (stream.Current.IsName("is"))
            {
                throw stream.Problem("You cannot chain multiple tests with is");
            }

            arguments = new CallArguments([ParsePostfix(ParsePrimary())], [], null, null);
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

    private Expression ParsePrimary()
    {
        var token = stream.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                stream.Next();
                return token.Text switch
                {
                    "true" or "True" => new Literal(token.Position, true),
                    "false" or "False" => new Literal(token.Position, false),
                    "none" or "None" => new Literal(token.Position, null),
                    _ => new Name(token.Position, token.Text),
                };
            case TokenKind.String:
                return ParseStrings(token.Position);
            case TokenKind.Integer or TokenKind.Float:
                stream.Next();
                return new Literal(token.Position, token.Value);
            default:
                return ParseBracket(token);
        }
    }

    private Literal ParseStrings(Position position)
    {
        List<string> parts = [];
        while (stream.Current.Kind == TokenKind.String)
        {
            parts.Add(stream.Next().Text);
        }

        return new Literal(position, string.Concat(parts));
    }

    private Expression ParseBracket(Token token)
    {
        if (stream.TryReadOperator("("))
        {
            var tuple = ParseTuple(mayBeEmpty: true);
            stream.ExpectOperator(")");
            return tuple;
        }

        if (stream.TryReadOperator("["))
        {
            return new ListLiteral(token.Position, ParseList("]", () => Parse()));
        }

        if (stream.TryReadOperator("{"))
        {
            return new DictLiteral(token.Position, ParseList("}", ParseEntry));
        }

        throw stream.Unexpected("an expression");
    }

    private (Expression, Expression) ParseEntry()
    {
        var key = Parse();
        stream.ExpectOperator(":");
        return (key, Parse());
    }

    private List<T> ParseList<T>(string end, Func<T> parseItem)
    {
        List<T> items = [];
        while (!stream.TryReadOperator(end))
        {
            if (items.Count > 0)
            {
                stream.ExpectOperator(",");
                if (stream.TryReadOperator(end))
                {
                    break;
                }
            }

            items.Add(parseItem());
        }

        return items;
    }

    private Expression ParsePostfix(Expression node)
    {
        while (true)
        {
            var position = stream.Current.Position;
            if (stream.TryReadOperator("."))
            {
                node = ParseAttribute(position, node);
            }
            else if (stream.TryReadOperator("["))
            {
                node = ParseSubscript(position, node);
            }
            else if (stream.Current.IsOperator("("))
            {
                node = new Call(position, node, ParseArguments());
            }
            else
            {
                return node;
            }
        }
    }

    private Expression ParseAttribute(Position position, Expression owner)
    {
        var token = stream.Current;
        if (token.Kind == TokenKind.Integer)
        {
            stream.Next();
            return new ItemAccess(position, owner, new Literal(token.Position, token.Value));
        }

        return new AttributeAccess(position, owner, stream.Expect(TokenKind.Name, "a name or number").Text);
    }

    private Expression ParseSubscript(Position position, Expression owner)
    {
        List<(Expression? Key, Expression?[]? Slice)> parts = [];
        while (!stream.TryReadOperator("]"))
        {
            if (parts.Count > 0)
            {
                stream.ExpectOperator(",");
            }

            parts.Add(ParseSubscripted());
        }

        if (parts is [(null, { } slice)])
        {
            return new SliceAccess(position, owner, slice);
        }

        if (parts is [({ } key, _)])
        {
            return new ItemAccess(position, owner, key);
        }

        return parts.TrueForAll(part => part.Key is not null)
            ? new ItemAccess(position, owner, new TupleLiteral(position, parts.ConvertAll(part => part.Key!)))
            : throw stream.Problem("a slice can't be one of several subscripts");
    }

    private (Expression? Key, Expression?[]? Slice) ParseSubscripted()
    {
        Expression? start = null;
        if (!stream.Current.IsOperator(":"))
        {
            start = Parse();
            if (!stream.Current.IsOperator(":"))
            {
                return (start, null);
            }
        }

        stream.ExpectOperator(":");
        var stop = ParseSlicePart();
        var step = stream.TryReadOperator(":") ? ParseSlicePart() : null;
        return (null, [start, stop, step]);
    }

    private Expression? ParseSlicePart() =>
        stream.Current.IsOperator(":") || stream.Current.IsOperator("]") || stream.Current.IsOperator(",")
            ? null
            : Parse();

    private CallArguments ParseArguments()
    {
        stream.ExpectOperator("(");
        List<Expression> positional = [];
        List<(string Name, Expression Value)> named = [];
        Expression? items = null;
        Expression? entries = null;
        for (var isFirst = true; !stream.TryReadOperator(")"); isFirst = false)
        {
            if (!isFirst)
            {
                stream.ExpectOperator(",");
                if (stream.TryReadOperator(")"))
                {
                    break;
                }
            }

            if (stream.Current.IsOperator("*"))
            {
                Allow(items is null && entries is null);
                stream.Next();
                items = Parse();
            }
            else if (stream.Current.IsOperator("**"))
            {
                Allow(entries is null);
                stream.Next();
                entries = Parse();
            }
            else if (stream.Current.Kind == TokenKind.Name && stream.Following.IsOperator("="))
            {
                var name = stream.Current.Text;
                Allow(entries is null && !named.Exists(n => string.Equals(n.Name, name, StringComparison.Ordinal)));
                stream.Next();
                stream.Next();
                named.Add((name, Parse()));
            }
            else
            {
                Allow(items is null && entries is null && named.Count == 0);
                positional.Add(Parse());
            }
        }

        return new CallArguments(positional, named, items, entries);
    }

    private void Allow(bool condition)
    {
        if (!condition)
        {
            throw stream.Problem("an argument stands after one that must come later, or is given twice");
        }
    }
}
