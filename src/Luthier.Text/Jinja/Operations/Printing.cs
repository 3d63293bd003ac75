using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using Luthier.Formats.Json;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Operations;

/// <summary>Python's <c>str</c> and <c>repr</c>.</summary>
internal static class Printing
{
    /// <summary>How a value prints.</summary>
    public static string Str(RenderContext context, object? value) =>
        Texts.TryGet(value, out var text) ? text
        : value is Undefined ? ""
        : Repr(context, value);

    /// <summary>How a value looks inside of a list.</summary>
    public static string Repr(RenderContext context, object? value)
    {
        var text = new StringBuilder();
        Append(context, text, value);
        return context.Made(text.ToString());
    }

    /// <summary>A value in a message: short, whatever it is.</summary>
    public static string ReprForMessage(object? value) =>
        value switch
        {
            string text => Quote(text),
            Markup markup => Quote(markup.Text),
            null or bool or long or double => Scalar(value),
            _ => TypeNames.Of(value),
        };

    /// <summary>A float as Python prints it.</summary>
    public static string Float(double value) =>
        double.IsNaN(value) ? "nan"
        : double.IsPositiveInfinity(value) ? "inf"
        : double.IsNegativeInfinity(value) ? "-inf"
        : PythonJson.Float(value);

    /// <summary>A string literal as Python writes it: in single quotes unless it holds some and no double ones.</summary>
    public static string Quote(string text)
    {
        var quote =
            text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var result = new StringBuilder(text.Length + 2).Append(quote);
        for (var offset = 0; offset < text.Length; offset += PythonText.UnitsAt(text, offset))
        {
            AppendQuoted(result, PythonText.CodePointAt(text, offset), quote);
        }

        return result.Append(quote).ToString();
    }

    private static void AppendQuoted(StringBuilder result, int code, char quote)
    {
        var escape = code switch
        {
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\\' => "\\\\",
            _ when code == quote => $"\\{quote}",
            _ when Characters.IsPrintable(code) => null,
            < 0x100 => $"\\x{code:x2}",
            < 0x10000 => $"\\u{code:x4}",
            _ => $"\\U{code:x8}",
        };
        if (escape is not null)
        {
            result.Append(escape);
        }
        else if (code < 0x10000)
        {
            result.Append((char)code);
        }
        else
        {
            result.Append(char.ConvertFromUtf32(code));
        }
    }

    private static void Append(RenderContext context, StringBuilder text, object? value)
    {
        context.Step(1);
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var before = text.Length;
        switch (value)
        {
            case ListValue list:
                AppendItems(context, text, '[', list.Items, "]");
                break;
            case TupleValue tuple:
                AppendItems(context, text, '(', tuple.Items, tuple.Items.Length == 1 ? ",)" : ")");
                break;
            case DictValue dict:
                AppendEntries(context, text, dict);
                break;
            case DictView view:
                text.Append(TypeNames.Of(view));
                AppendItems(context, text.Append('('), '[', Enumerable.Range(0, view.Count).Select(view.At), "])");
                break;
            case NamespaceValue space:
                text.Append("<Namespace ");
                AppendEntries(context, text, space.Attributes);
                text.Append('>');
                break;
            default:
                text.Append(Scalar(value));
                context.Allocate(text.Length - before);
                break;
        }
    }

    private static void AppendItems(
        RenderContext context,
        StringBuilder text,
        char open,
        IEnumerable<object?> items,
        string close
    )
    {
        text.Append(open);
        var separator = "";
        foreach (var item in items)
        {
            text.Append(separator);
            Append(context, text, item);
            separator = ", ";
        }

        text.Append(close);
    }

    private static void AppendEntries(RenderContext context, StringBuilder text, DictValue dict)
    {
        var separator = "{";
        foreach (var (key, value) in dict.Entries)
        {
            text.Append(separator);
            Append(context, text, key);
            text.Append(": ");
            Append(context, text, value);
            separator = ", ";
        }

        text.Append(dict.Count == 0 ? "{}" : "}");
    }

    private static string Scalar(object? value) =>
        value switch
        {
            null => "None",
            true => "True",
            false => "False",
            long number => number.ToString(CultureInfo.InvariantCulture),
            BigInteger number => number.ToString(CultureInfo.InvariantCulture),
            double number => Float(number),
            string text => Quote(text),
            Markup markup => $"Markup({Quote(markup.Text)})",
            Undefined => "Undefined",
            RangeValue { Step: 1 } range => $"range({range.Start}, {range.Stop})",
            RangeValue range => $"range({range.Start}, {range.Stop}, {range.Step})",
            Macro macro => $"<Macro {Quote(macro.Name)}>",
            LoopValue loop => $"<LoopContext {loop.Index}/{loop.Length}>",
            _ => $"<{TypeNames.Of(value)} object>",
        };
}
