using System.Buffers;
using System.Net;
using System.Text;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Filters about HTML and addresses.</summary>
internal static class HtmlFilters
{
    private static readonly SearchValues<char> NotInNames = SearchValues.Create(" \t\n\r\f\v/>=");

    public static object Escape(BoundArguments arguments) =>
        arguments[0] is Markup markup
            ? markup
            : new Markup(arguments.Context.Made(Markup.Escape(arguments.Printed(0))));

    /// <summary>Without comments and tags, white space made single, entities resolved.</summary>
    public static object StripTags(BoundArguments arguments)
    {
        var text = Without(arguments.Printed(0), "<!--", "-->");
        text = Without(text, "<", ">");
        arguments.Context.Scan(text.Length);
        return arguments.Context.Made(WebUtility.HtmlDecode(string.Join(' ', Splitting.Words(text))));
    }

    /// <summary>Percent encoding of a text, or of the pairs of a dictionary or list as a query.</summary>
    public static object UrlEncode(BoundArguments arguments)
    {
        var value = arguments[0];
        var context = arguments.Context;
        if (Texts.TryGet(value, out _) || !Iteration.TryGet(value, out var items))
        {
            return Quote(context, value, isQuery: false);
        }

        var pairs = value is DictValue dict
            ? dict.Entries.Select(e => (object?)new TupleValue([e.Key, e.Value]))
            : items;
        return Joining.Join(context, "&", pairs.Select(pair => QuotePair(context, pair)));
    }

    public static object Attributes(BoundArguments arguments)
    {
        if (arguments[0] is not DictValue dict)
        {
            throw arguments.Wrong(0, "a dictionary");
        }

        List<string> attributes = [];
        foreach (var (key, value) in dict.Entries.Where(e => e.Value is not (null or Undefined)))
        {
            if (!Texts.TryGet(key, out var name) || name.AsSpan().ContainsAny(NotInNames))
            {
                throw Errors.Value($"Invalid character in attribute name: {Printing.ReprForMessage(key)}");
            }

            attributes.Add($"{Escaped(arguments.Context, key)}=\"{Escaped(arguments.Context, value)}\"");
        }

        var text = Joining.Join(arguments.Context, " ", attributes);
        return text.Length > 0 && arguments.Flag(1, fallback: true) ? " " + text : text;
    }

    private static string Escaped(RenderContext context, object? value) =>
        value is Markup markup ? markup.Text : context.Made(Markup.Escape(Printing.Str(context, value)));

    private static string QuotePair(RenderContext context, object? pair)
    {
        var parts = Iteration.ToArray(context, pair);
        return parts.Length == 2
            ? $"{Quote(context, parts[0], isQuery: true)}={Quote(context, parts[1], isQuery: true)}"
            : throw Errors.Value($"expected pairs of keys and values, found {parts.Length} values");
    }

    private static string Quote(RenderContext context, object? value, bool isQuery)
    {
        var bytes = Encoding.UTF8.GetBytes(Printing.Str(context, value));
        var text = new StringBuilder(bytes.Length);
        foreach (var b in bytes)
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '~' || (c == '/' && !isQuery))
            {
                text.Append(c);
            }
            else if (c == ' ' && isQuery)
            {
                text.Append('+');
            }
            else
            {
                text.Append('%').Append(b.ToString("X2", null));
            }
        }

        return context.Made(text.ToString());
    }

    private static string Without(string text, string open, string close)
    {
        var result = new StringBuilder();
        var position = 0;
        while (text.IndexOf(open, position, StringComparison.Ordinal) is >= 0 and var start)
        {
            var end = text.IndexOf(close, start, StringComparison.Ordinal);
            if (end < 0)
            {
                break;
            }

            result.Append(text, position, start - position);
            position = end + close.Length;
        }

        return result.Append(text, position, text.Length - position).ToString();
    }
}
