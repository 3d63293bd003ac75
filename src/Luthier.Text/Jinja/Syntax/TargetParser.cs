using Luthier.Text.Jinja.Tree;

namespace Luthier.Text.Jinja.Syntax;

/// <summary>Reads what is assigned to.</summary>
internal sealed class TargetParser(TokenStream stream)
{
    private static readonly string[] Constants = ["true", "false", "none", "True", "False", "None"];

    public NameTarget ParseName()
    {
        var token = stream.Expect(TokenKind.Name, "a name");
        return new NameTarget(token.Position, token.Text);
    }

    /// <summary>A name, or several with commas, perhaps in parentheses.</summary>
    /// <param name="withNamespace">Whether attributes of namespaces are allowed.</param>
    public Target Parse(bool withNamespace = false)
    {
        var position = stream.Current.Position;
        List<Target> items = [];
        var isTuple = false;
        while (!IsEnd())
        {
            items.Add(ParseItem(withNamespace));
            if (!stream.TryReadOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        return isTuple ? new TupleTarget(position, items)
            : items.Count > 0 ? items[0]
            : throw stream.Unexpected("a name to assign to");
    }

    private Target ParseItem(bool withNamespace)
    {
        if (stream.Current.IsOperator("("))
        {
            stream.Enter();
            stream.Next();
            var inner = Parse(withNamespace: withNamespace);
            stream.ExpectOperator(")");
            stream.Leave();
            return inner;
        }

        var token = stream.Current;
        if (token.Kind != TokenKind.Name || Array.Exists(Constants, token.IsName))
        {
            throw stream.Unexpected("a name to assign to");
        }

        stream.Next();
        return withNamespace && stream.TryReadOperator(".")
            ? new NamespaceTarget(token.Position, token.Text, stream.Expect(TokenKind.Name, "a name").Text)
            : new NameTarget(token.Position, token.Text);
    }

    private bool IsEnd() =>
        stream.Current.Kind is TokenKind.BlockEnd or TokenKind.VariableEnd || stream.Current.IsOperator(")");
}
