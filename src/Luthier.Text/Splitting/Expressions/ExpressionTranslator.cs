using System.Globalization;
using System.Text;
using Luthier.Text.Unicode;

namespace Luthier.Text.Splitting.Expressions;

/// <summary>
/// Rewrites an expression from Oniguruma's syntax, over code points, to .NET's, over UTF-16 units: classes become
/// explicit ranges and surrogate pairs, possessive quantifiers atomic groups, ^ and $ anchors of lines.
/// </summary>
internal sealed class ExpressionTranslator
{
    /// <summary>The letter that without regard to case is an s, which .NET doesn't know.</summary>
    private const int LongS = 0x17F;

    private const int MaximumLength = 1 << 20;
    private readonly StringBuilder target = new();
    private readonly ExpressionReader reader;

    /// <summary>For each open group: where it starts in the output, and the options outside it.</summary>
    private readonly Stack<(int Start, bool DotAll, bool IgnoreCase)> openGroups = new();

    private readonly Dictionary<CodePointSet, string> sets = [];
    private int atomStart = -1;
    private bool dotAll;
    private bool ignoreCase;

    private ExpressionTranslator(string expression) => reader = new(expression);

    /// <exception cref="ExpressionException">The expression is not valid, or uses what is not supported.</exception>
    public static string Translate(string expression)
    {
        var translator = new ExpressionTranslator(expression);
        while (!translator.reader.AtEnd)
        {
            translator.Step();
            if (translator.target.Length > MaximumLength)
            {
                throw new ExpressionException("the expression is too large");
            }
        }

        return translator.openGroups.Count == 0
            ? translator.target.ToString()
            : throw new ExpressionException("a group has no closing parenthesis");
    }

    private void Step()
    {
        if (reader.TryReadSet(out var set))
        {
            AppendAtom(ExpressionOf(set));
            return;
        }

        switch (reader.Current)
        {
            case '(':
                OpenGroup();
                break;
            case ')':
                CloseGroup();
                break;
            case '|':
                reader.Position++;
                target.Append('|');
                atomStart = -1;
                break;
            case '*' or '+' or '?':
                Quantify(reader.Current.ToString(), 1);
                break;
            case '{' when TryReadBounds(out var bounds, out var length):
                Quantify(bounds, length);
                break;
            case '^' or '$':
                AppendAnchor($"(?m:{reader.Current})", 1);
                break;
            case '.':
                reader.Position++;
                AppendAtom(
                    ExpressionOf(dotAll ? CodePointSet.All : CodePointSet.FromRanges([('\n', '\n')]).Complement())
                );
                break;
            case '\\':
                reader.Position++;
                Escape();
                break;
            default:
                AppendCharacter(reader.ReadCodePoint());
                break;
        }
    }

    private void Escape()
    {
        if (reader.AtEnd)
        {
            throw reader.Problem("a backslash ends the expression");
        }

        switch (reader.Current)
        {
            case 'b' or 'B' or 'A' or 'z' or 'Z' or 'G':
                AppendAnchor($"\\{reader.Current}", 1);
                break;
            case >= '1' and <= '9':
                AppendAtom($"(?:\\{reader.Current})");
                reader.Position++;
                break;
            default:
                AppendCharacter(reader.ReadEscapedCodePoint());
                break;
        }
    }

    private void OpenGroup()
    {
        openGroups.Push((target.Length, dotAll, ignoreCase));
        reader.Position++;
        atomStart = -1;
        if (!reader.TryRead("?"))
        {
            target.Append('(');
            return;
        }

        foreach (var prefix in (ReadOnlySpan<string>)[":", "=", "!", ">", "<=", "<!"])
        {
            if (reader.TryRead(prefix))
            {
                target.Append("(?").Append(prefix);
                return;
            }
        }

        if (reader.TryRead("<"))
        {
            target.Append("(?<");
            while (!reader.AtEnd && (char.IsAsciiLetterOrDigit(reader.Current) || reader.Current == '_'))
            {
                target.Append(reader.Current);
                reader.Position++;
            }

            target.Append(reader.TryRead(">") ? '>' : throw reader.Problem("the name of a group is not valid"));
            return;
        }

        OpenOptions();
    }

    /// <summary>(?i:...) or (?i), where m is Oniguruma's name for a dot that matches line feeds.</summary>
    private void OpenOptions()
    {
        var on = true;
        var options = new StringBuilder();
        for (; !reader.AtEnd && reader.Current is 'i' or 'm' or '-'; reader.Position++)
        {
            switch (reader.Current)
            {
                case '-':
                    on = false;
                    break;
                case 'm':
                    dotAll = on;
                    break;
                default:
                    ignoreCase = on;
                    options.Append(on ? "i" : "-i");
                    break;
            }
        }

        if (reader.TryRead(":"))
        {
            target.Append("(?").Append(options).Append(':');
        }
        else if (reader.TryRead(")"))
        {
            // The option holds to the end of the group around it, in which it stands.
            var (start, _, _) = openGroups.Pop();
            target.Length = start;
            target.Append("(?").Append(options).Append(options.Length == 0 ? ":)" : ")");
        }
        else
        {
            throw reader.Problem("this kind of group is not supported");
        }
    }

    private void CloseGroup()
    {
        if (!openGroups.TryPop(out var group))
        {
            throw reader.Problem("a parenthesis closes nothing");
        }

        reader.Position++;
        target.Append(')');
        (atomStart, dotAll, ignoreCase) = group;
    }

    private void Quantify(string quantifier, int length)
    {
        if (atomStart < 0)
        {
            throw reader.Problem("a quantifier follows nothing");
        }

        reader.Position += length;
        target.Append(quantifier);
        if (reader.TryRead("?"))
        {
            target.Append('?');
        }
        else if (quantifier.Length == 1 && reader.TryRead("+"))
        {
            target.Insert(atomStart, "(?>").Append(')');
        }

        // So that a second quantifier applies to the whole.
        target.Insert(atomStart, "(?:").Append(')');
    }

    private bool TryReadBounds(out string bounds, out int length)
    {
        var start = reader.Position;
        reader.Position++;
        var low = ReadNumber();
        var comma = reader.TryRead(",");
        var high = comma ? ReadNumber() : low;
        var closed = reader.TryRead("}");
        length = reader.Position - start;
        reader.Position = start;
        bounds = "";
        if (!closed || (low.Length == 0 && high.Length == 0))
        {
            return false;
        }

        low = low.Length == 0 ? "0" : low;
        bounds = comma ? $"{{{low},{high}}}" : $"{{{low}}}";
        return true;
    }

    private string ReadNumber()
    {
        var number = new StringBuilder();
        for (; !reader.AtEnd && char.IsAsciiDigit(reader.Current); reader.Position++)
        {
            number.Append(reader.Current);
        }

        return number.Length <= 6 ? number.ToString() : throw reader.Problem("a count of repetitions is too large");
    }

    private void AppendCharacter(int codePoint)
    {
        if (ignoreCase && codePoint is ('s' or 'S' or LongS))
        {
            AppendAtom($"[s{(char)LongS}]");
            return;
        }

        var text = new StringBuilder();
        foreach (var unit in char.ConvertFromUtf32(codePoint))
        {
            text.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}");
        }

        AppendAtom(codePoint > char.MaxValue ? $"(?:{text})" : text.ToString());
    }

    private void AppendAnchor(string text, int length)
    {
        reader.Position += length;
        AppendAtom(text);
    }

    private void AppendAtom(string text)
    {
        atomStart = target.Length;
        target.Append(text);
    }

    private string ExpressionOf(CodePointSet set)
    {
        if (ignoreCase && (set.Contains('s') || set.Contains('S') || set.Contains(LongS)))
        {
            set = set.Union(CodePointSet.FromRanges([('s', 's'), (LongS, LongS)]));
        }

        if (!sets.TryGetValue(set, out var text))
        {
            sets.Add(set, text = set.ToExpression());
        }

        return text;
    }
}
