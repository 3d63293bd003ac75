using System.Globalization;
using System.Numerics;
using System.Text;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Formatting;

/// <summary>Python's <c>"%s and %d" % (a, b)</c>.</summary>
internal sealed class PercentFormat
{
    private readonly RenderContext context;
    private readonly string format;
    private readonly bool escapes;
    private readonly object? values;
    private readonly object?[] items;
    private int nextItem;
    private int position;

    private PercentFormat(RenderContext context, string format, bool escapes, object? values)
    {
        this.context = context;
        this.format = format;
        this.escapes = escapes;
        this.values = values;
        items = values is TupleValue tuple ? tuple.Items : [values];
    }

    /// <param name="context">Counts what is made.</param>
    /// <param name="format">A string; one that is marked safe escapes what it takes in.</param>
    /// <param name="values">A tuple of values, a dictionary for named ones, or a single value.</param>
    public static object Apply(RenderContext context, object? format, object? values)
    {
        Texts.TryGet(format, out var text);
        var result = new PercentFormat(context, text!, format is Markup, values).Format();
        return Texts.Like(format, context.Made(result));
    }

    private string Format()
    {
        var result = new StringBuilder();
        while (position < format.Length)
        {
            var percent = format.IndexOf('%', position);
            percent = percent < 0 ? format.Length : percent;
            result.Append(format, position, percent - position);
            position = percent + 1;
            if (percent < format.Length)
            {
                context.Step(1);
                result.Append(ReadConversion());
            }
        }

        // What can be looked up by name may have more than is asked for.
        var isMapping = values is DictValue or ListValue or RangeValue or Undefined;
        return nextItem < items.Length && !isMapping && !(values is TupleValue && items.Length == 0)
            ? throw Errors.Type("not all arguments converted during string formatting")
            : result.ToString();
    }

    private string ReadConversion()
    {
        object? value = Missing.Value;
        if (At == '(')
        {
            value = ReadNamed();
        }

        var spec = ReadFlags();
        var isLeft = spec.Align == '<';
        spec = ReadSize() is { } width
            ? spec with
            {
                Width = Math.Abs(width),
                Align = isLeft || width < 0 ? '<' : spec.Align,
            }
            : spec;
        if (At == '.')
        {
            position++;
            spec = spec with { Precision = Math.Max(0, ReadSize() ?? 0) };
        }

        while (At is 'h' or 'l' or 'L')
        {
            position++;
        }

        var type = position < format.Length ? format[position++] : throw Errors.Value("incomplete format");
        return type == '%' ? "%" : Convert(spec with { Type = type }, value is Missing ? Next() : value);
    }

    private char At => position < format.Length ? format[position] : '\0';

    private object? ReadNamed()
    {
        if (values is not (DictValue or ListValue or Undefined))
        {
            throw Errors.Type("format requires a mapping");
        }

        var start = ++position;
        var depth = 1;
        for (; position < format.Length && depth > 0; position++)
        {
            depth += format[position] switch
            {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
        }

        if (depth > 0)
        {
            throw Errors.Value("incomplete format key");
        }

        var name = format[start..(position - 1)];
        nextItem = items.Length;
        return values is Undefined undefined ? throw undefined.Error()
            : values is DictValue dict && dict.TryGet(name, out var value) ? value
            : throw Errors.Value($"there is no key {Printing.Quote(name)} to format");
    }

    private FormatSpec ReadFlags()
    {
        var spec = new FormatSpec();
        for (; ; position++)
        {
            switch (At)
            {
                case '-':
                    spec = spec with { Align = '<' };
                    break;
                case '+':
                    spec = spec with { Sign = '+' };
                    break;
                case ' ':
                    spec = spec.Sign == '+' ? spec : spec with { Sign = ' ' };
                    break;
                case '#':
                    spec = spec with { Alternate = true };
                    break;
                case '0':
                    spec = spec with { Fill = "0" };
                    break;
                default:
                    return spec;
            }
        }
    }

    private int? ReadSize()
    {
        if (At == '*')
        {
            position++;
            return Integers.TryGet(Next(), out var given) && Math.Abs(given) <= FormatSpec.MaximumSize
                ? (int)given
                : throw Errors.Type("* wants int");
        }

        var start = position;
        while (char.IsAsciiDigit(At))
        {
            position++;
        }

        if (position == start)
        {
            return null;
        }

        return
            int.TryParse(
                format.AsSpan(start, position - start),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var size
            )
            && size <= FormatSpec.MaximumSize
            ? size
            : throw Errors.Limit($"a width or precision is more than {FormatSpec.MaximumSize}");
    }

    private object? Next() =>
        nextItem < items.Length ? items[nextItem++] : throw Errors.Type("not enough arguments for format string");

    private string Convert(FormatSpec spec, object? value)
    {
        switch (spec.Type)
        {
            case 's' or 'r' or 'a':
                return NumberFormat.Text(
                    context,
                    spec with
                    {
                        Fill = " ",
                        Align = spec.Align == '<' ? '<' : '>',
                    },
                    Printed(spec.Type, value)
                );
            case 'c' when Texts.TryGet(value, out var text):
                return PythonText.Length(text) == 1
                    ? NumberFormat.Text(
                        context,
                        spec with
                        {
                            Fill = " ",
                            Precision = null,
                            Align = spec.Align == '<' ? '<' : '>',
                        },
                        text
                    )
                    : throw Errors.Type("%c requires int or char");
            case 'd' or 'i' or 'u' or 'o' or 'x' or 'X' or 'c':
                return NumberFormat.Integer(context, Aligned(spec), ToInteger(spec.Type, value));
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                return NumberFormat.Float(context, Aligned(spec), ToFloat(value));
            default:
                throw Errors.Value($"unsupported format character '{spec.Type}'");
        }
    }

    // Zeros fill behind the sign, and only at the left.
    private static FormatSpec Aligned(FormatSpec spec) =>
        spec.Align == '<' ? spec with { Fill = " " }
        : spec.Fill is "0" ? spec with { Align = '=' }
        : spec with { Align = '>' };

    private string Printed(char type, object? value)
    {
        var text = type switch
        {
            's' => Printing.Str(context, value),
            'r' => Printing.Repr(context, value),
            _ => Ascii(Printing.Repr(context, value)),
        };
        return escapes && value is not Markup ? Markup.Escape(text) : text;
    }

    private static string Ascii(string text) =>
        string.Concat(
            text.EnumerateRunes()
                .Select(rune =>
                    rune.IsAscii ? rune.ToString()
                    : rune.Value < 0x100 ? $"\\x{rune.Value:x2}"
                    : rune.IsBmp ? $"\\u{rune.Value:x4}"
                    : $"\\U{rune.Value:x8}"
                )
        );

    private static BigInteger ToInteger(char type, object? value) =>
        Integers.TryGetBig(value, out var integer) ? integer
        : value is Undefined undefined ? throw undefined.Error()
        : type is 'd' or 'i' or 'u' && value is double number && double.IsFinite(number) ? new BigInteger(number)
        : throw Errors.Type($"%{type} format: a number is required, not {TypeNames.Of(value)}");

    private static double ToFloat(object? value) =>
        Ordering.IsNumber(value) ? Numbers.ToDouble(value!)
        : value is Undefined undefined ? throw undefined.Error()
        : throw Errors.Type($"must be real number, not {TypeNames.Of(value)}");
}
