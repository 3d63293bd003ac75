using Luthier.Text.Jinja.Operations;

namespace Luthier.Text.Jinja.Syntax;

/// <summary>
/// Cuts a template into text and tags, with the whitespace control of <c>trim_blocks</c> and <c>lstrip_blocks</c>: the
/// line feed after a block or comment is dropped, as is white space between the start of its line and a block or
/// comment; <c>-</c> at a tag drops all white space on its side, <c>+</c> keeps it.
/// </summary>
internal sealed class Lexer
{
    private const char NoSign = '\0';

    private readonly string source;
    private readonly List<Token> tokens = [];
    private readonly TagLexer tags;
    private int position;

    /// <summary>Whether the tag before, with what it dropped, ended a line.</summary>
    private bool lineStarting = true;

    private Lexer(string source)
    {
        this.source = source;
        tags = new TagLexer(source, tokens);
    }

    /// <exception cref="JinjaException">A tag is not closed or holds what is no token.</exception>
    public static List<Token> Read(string source)
    {
        // Line ends become line feeds, and the last one is dropped, before anything else.
        var text = NormalizeLineEnds(source);
        var lexer = new Lexer(text.EndsWith('\n') ? text[..^1] : text);
        lexer.ReadAll();
        return lexer.tokens;
    }

    private void ReadAll()
    {
        while (position < source.Length)
        {
            var open = FindTag();
            if (open < 0)
            {
                AddText(source.Length, '+', isBlock: false);
                position = source.Length;
                break;
            }

            if (TryReadRaw(open))
            {
                continue;
            }

            var kind = source[open + 1];
            var sign = SignAt(open + 2);
            AddText(open, sign, isBlock: kind != '{');
            position = open + (sign == NoSign ? 2 : 3);
            if (kind == '#')
            {
                SkipComment(open);
            }
            else
            {
                position = tags.Read(open, position, isBlock: kind == '%');
                lineStarting = source[position - 1] == '\n';
            }
        }

        tokens.Add(new Token(TokenKind.End, "", tags.PositionOf(source.Length)));
    }

    private int FindTag()
    {
        for (var i = position; ; i++)
        {
            i = source.IndexOf('{', i);
            if (i < 0 || i + 1 == source.Length)
            {
                return -1;
            }

            if (source[i + 1] is '{' or '%' or '#')
            {
                return i;
            }
        }
    }

    private char SignAt(int index) => index < source.Length && source[index] is '-' or '+' ? source[index] : NoSign;

    /// <summary>Adds the text up to a tag, less what the tag's sign or place takes off its end.</summary>
    private void AddText(int end, char sign, bool isBlock)
    {
        var text = source.AsSpan(position, end - position);
        if (sign == '-')
        {
            text = PythonText.TrimEnd(text);
        }
        else if (sign != '+' && isBlock)
        {
            var line = text.LastIndexOf('\n') + 1;
            if ((line > 0 || lineStarting) && PythonText.TrimEnd(text[line..]).IsEmpty)
            {
                text = text[..line];
            }
        }

        if (!text.IsEmpty)
        {
            tokens.Add(new Token(TokenKind.Data, text.ToString(), tags.PositionOf(position)));
        }
    }

    private void SkipComment(int open)
    {
        var end = source.IndexOf("#}", position, StringComparison.Ordinal);
        if (end < 0 && position < source.Length)
        {
            throw Problem("the comment is not closed; expected '#}'", open);
        }

        if (end < 0)
        {
            // Jinja2 minds only what is left.
            return;
        }

        var sign = end > position ? SignAt(end - 1) : NoSign;
        SkipAfter(end + 2, sign);
    }

    /// <summary>Goes on after a closing bracket, and after the white space that it takes with it.</summary>
    private void SkipAfter(int end, char sign)
    {
        position = TagLexer.EndAfter(source, end, sign, trimsLine: true);
        lineStarting = source[position - 1] == '\n';
    }

    private bool TryReadRaw(int open)
    {
        if (source[open + 1] != '%')
        {
            return false;
        }

        var sign = SignAt(open + 2);
        if (!TryReadWordTag(open, "raw", out var end, out var endSign) || endSign == '+')
        {
            return false;
        }

        AddText(open, sign, isBlock: true);
        position = TagLexer.EndAfter(source, end, endSign, trimsLine: false);
        lineStarting = source[position - 1] == '\n';
        for (var i = position; ; i += 2)
        {
            i = source.IndexOf("{%", i, StringComparison.Ordinal);
            if (i < 0 && position < source.Length)
            {
                throw Problem("the raw block is not closed; expected 'endraw'", open);
            }

            if (i < 0)
            {
                return true;
            }

            if (TryReadWordTag(i, "endraw", out end, out endSign))
            {
                AddText(i, SignAt(i + 2), isBlock: true);
                SkipAfter(end, endSign);
                return true;
            }
        }
    }

    /// <summary>Whether a tag that holds nothing but a word begins here; where it ends, and the sign before that.</summary>
    private bool TryReadWordTag(int open, string word, out int end, out char sign)
    {
        sign = NoSign;
        end = PythonText.SkipSpace(source, open + (SignAt(open + 2) == NoSign ? 2 : 3));
        if (string.CompareOrdinal(source, end, word, 0, word.Length) != 0)
        {
            return false;
        }

        end = PythonText.SkipSpace(source, end + word.Length);
        sign = SignAt(end);
        end += sign == NoSign ? 0 : 1;
        if (string.CompareOrdinal(source, end, "%}", 0, 2) != 0)
        {
            return false;
        }

        end += 2;
        return true;
    }

    private static string NormalizeLineEnds(string text) =>
        text.Contains('\r', StringComparison.Ordinal)
            ? text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n')
            : text;

    private JinjaException Problem(string problem, int place) =>
        new(JinjaErrorKind.Syntax, problem, tags.PositionOf(place));
}
