using System.Text;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Builtins;

/// <summary>Values over several lines of 80 characters, as Python's <c>pprint</c> lays them out: dictionaries sorted.</summary>
internal sealed class PrettyPrint
{
    private const int LineWidth = 80;

    private readonly RenderContext context;
    private readonly StringBuilder result = new();

    private PrettyPrint(RenderContext context) => this.context = context;

    public static string Format(RenderContext context, object? value)
    {
        var printer = new PrettyPrint(context);
        printer.Append(printer.Sorted(value), indent: 0, allowance: 0, isInside: false);
        return context.Made(printer.result.ToString());
    }

    /// <param name="value">What to print.</param>
    /// <param name="indent">Where the lines begin.</param>
    /// <param name="allowance">What must fit behind the last line.</param>
    /// <param name="isInside">Whether a list or dictionary is around it.</param>
    private void Append(object? value, int indent, int allowance, bool isInside)
    {
        var text = Printing.Repr(context, value);
        if (PythonText.Length(text) <= LineWidth - indent - allowance)
        {
            result.Append(text);
            return;
        }

        switch (value)
        {
            case DictValue dict:
                AppendEntries(dict, indent + 1, allowance + 1);
                break;
            case ListValue list:
                AppendItems('[', list, indent + 1, allowance + 1, "]");
                break;
            case TupleValue tuple:
                var close = tuple.Items.Length == 1 ? ",)" : ")";
                AppendItems('(', tuple, indent + 1, allowance + close.Length, close);
                break;
            case string { Length: > 0 } words:
                AppendText(words, text, indent, allowance, isInside);
                break;
            default:
                result.Append(text);
                break;
        }
    }

    private void AppendEntries(DictValue dict, int indent, int allowance)
    {
        result.Append('{');
        for (var i = 0; i < dict.Count; i++)
        {
            StartLine(i, indent);
            var key = Printing.Repr(context, dict.KeyAt(i));
            result.Append(key).Append(": ");
            var isLast = i == dict.Count - 1;
            Append(dict.ValueAt(i), indent + PythonText.Length(key) + 2, isLast ? allowance : 1, isInside: true);
        }

        result.Append('}');
    }

    private void AppendItems(char open, SequenceValue sequence, int indent, int allowance, string close)
    {
        result.Append(open);
        for (var i = 0; i < sequence.Items.Length; i++)
        {
            StartLine(i, indent);
            Append(sequence.Items[i], indent, i == sequence.Items.Length - 1 ? allowance : 1, isInside: true);
        }

        result.Append(close);
    }

    private void StartLine(int index, int indent)
    {
        if (index > 0)
        {
            context.Allocate(indent + 2);
            result.Append(",\n").Append(' ', indent);
        }
    }

    /// <summary>A long string as several literals, one a line of it, or a part of a line that fits.</summary>
    private void AppendText(string text, string whole, int indent, int allowance, bool isInside)
    {
        indent += isInside ? 0 : 1;
        allowance += isInside ? 0 : 1;
        var width = LineWidth - indent;
        var lines = Splitting.Lines(text, keepEnds: true).ToArray();
        List<string> chunks = [];
        for (var i = 0; i < lines.Length; i++)
        {
            var reserved = i == lines.Length - 1 ? allowance : 0;
            var quoted = Printing.Quote(lines[i]);
            if (PythonText.Length(quoted) <= width - reserved)
            {
                chunks.Add(quoted);
            }
            else
            {
                AddParts(chunks, lines[i], width, reserved);
            }
        }

        if (chunks.Count == 1)
        {
            result.Append(whole);
            return;
        }

        context.Allocate((long)chunks.Count * (indent + 1));
        result.Append(isInside ? "" : "(");
        result.AppendJoin("\n" + new string(' ', indent), chunks);
        result.Append(isInside ? "" : ")");
    }

    private void AddParts(List<string> chunks, string line, int width, int reserved)
    {
        var current = "";
        for (var start = 0; start < line.Length; )
        {
            context.Step(1);
            var end = start;
            while (end < line.Length && !PythonText.IsSpace(line[end]))
            {
                end++;
            }

            end = PythonText.SkipSpace(line, end);
            var candidate = current + line[start..end];
            var available = end == line.Length ? width - reserved : width;
            if (PythonText.Length(Printing.Quote(candidate)) > available)
            {
                AddQuoted(chunks, current);
                candidate = line[start..end];
            }

            current = candidate;
            start = end;
        }

        AddQuoted(chunks, current);
    }

    private static void AddQuoted(List<string> chunks, string text)
    {
        if (text.Length > 0)
        {
            chunks.Add(Printing.Quote(text));
        }
    }

    /// <summary>The same with all dictionaries sorted, where their keys have an order.</summary>
    private object? Sorted(object? value)
    {
        context.Visit(context.Position);
        switch (value)
        {
            case SequenceValue sequence:
                return sequence.With(Array.ConvertAll(sequence.Items, Sorted));
            case DictValue dict:
                var sorted = new DictValue(dict.Count);
                foreach (var (key, item) in SortedEntries(dict))
                {
                    sorted.Set(key, Sorted(item));
                }

                return sorted;
            default:
                return value;
        }
    }

    // Keys of different types stand in groups of one type.
    private IEnumerable<KeyValuePair<object?, object?>> SortedEntries(DictValue dict) =>
        dict
            .Entries.GroupBy(
                entry => Ordering.IsNumber(entry.Key) ? "float" : TypeNames.Of(entry.Key),
                StringComparer.Ordinal
            )
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .SelectMany(group =>
                group.Key is "float" or "str"
                    ? Sorting.Sort(context, [.. group], entry => entry.Key, reverse: false)
                    : [.. group]
            );
}
