using System.Runtime.CompilerServices;

namespace Luthier.Text.Jinja.Syntax;

/// <summary>The tokens of a template, one after the other.</summary>
internal sealed class TokenStream(IReadOnlyList<Token> tokens)
{
    private const int MaximumNesting = 100;

    private int position;
    private int nesting;

    public Token Current => tokens[position];

    public Token Following => tokens[Math.Min(position + 1, tokens.Count - 1)];

    public Token Next()
    {
        var token = tokens[position];
        position = Math.Min(position + 1, tokens.Count - 1);
        return token;
    }

    public bool TryReadName(string name)
    {
        if (!Current.IsName(name))
        {
            return false;
        }

        Next();
        return true;
    }

    public bool TryReadOperator(string text)
    {
        if (!Current.IsOperator(text))
        {
            return false;
        }

        Next();
        return true;
    }

    public void ExpectName(string name)
    {
        if (!TryReadName(name))
        {
            throw Unexpected($"'{name}'");
        }
    }

    public void ExpectOperator(string text)
    {
        if (!TryReadOperator(text))
        {
            throw Unexpected($"'{text}'");
        }
    }

    public Token Expect(TokenKind kind, string expected) => Current.Kind == kind ? Next() : throw Unexpected(expected);

    public JinjaException Unexpected(string expected) => Problem($"expected {expected}, found {Current.Description}");

    public JinjaException Problem(string problem) => new(JinjaErrorKind.Syntax, problem, Current.Position);

    /// <summary>Enters what may hold its own kind; to be left by <see cref="Leave"/>.</summary>
    public void Enter()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (++nesting > MaximumNesting)
        {
            throw new JinjaException(
                JinjaErrorKind.Limit,
                $"more than {MaximumNesting} blocks and brackets are nested",
                Current.Position
            );
        }
    }

    public void Leave() => nesting--;
}
