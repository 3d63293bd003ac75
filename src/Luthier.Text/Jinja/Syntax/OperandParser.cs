using Luthier.Text.Jinja.Tree;

namespace Luthier.Text.Jinja.Syntax;

/// <summary>Reads operands: names, literals and brackets, and the attributes, subscripts and calls that follow them.</summary>
internal sealed class OperandParser(TokenStream stream, ExpressionParser expressions)
{
    /// <summary>A name, a literal, or an expression in brackets.</summary>
    public Expression ParsePrimary()
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
            var tuple = expressions.ParseTuple(mayBeEmpty: true);
            stream.ExpectOperator(")");
            return tuple;
        }

        if (stream.TryReadOperator("["))
        {
            return new ListLiteral(token.Position, ParseList("]", () => expressions.Parse()));
        }

        if (stream.TryReadOperator("{"))
        {
            return new DictLiteral(token.Position, ParseList("}", ParseEntry));
        }

        throw stream.Unexpected("an expression");
    }

    private (Expression, Expression) ParseEntry()
    {
        var key = expressions.Parse();
        stream.ExpectOperator(":");
        return (key, expressions.Parse());
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

    /// <summary>What follows an operand: attributes, subscripts, calls.</summary>
    public Expression ParsePostfix(Expression node)
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
            start = expressions.Parse();
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
            : expressions.Parse();

    /// <summary>The parentheses of a call.</summary>
    public CallArguments ParseArguments()
    {
        stream.ExpectOperator("(");
        List<Expression> positional = [];
        List<(string Name, Expression Value)> named = [];
        HashSet<string> names = new(StringComparer.Ordinal);
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
                items = expressions.Parse();
            }
            else if (stream.Current.IsOperator("**"))
            {
                Allow(entries is null);
                stream.Next();
                entries = expressions.Parse();
            }
            else if (stream.Current.Kind == TokenKind.Name && stream.Following.IsOperator("="))
            {
                var name = stream.Current.Text;
                Allow(entries is null && names.Add(name));
                stream.Next();
                stream.Next();
                named.Add((name, expressions.Parse()));
            }
            else
            {
                Allow(items is null && entries is null && named.Count == 0);
                positional.Add(expressions.Parse());
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
