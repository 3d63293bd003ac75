using System.Globalization;
using System.Text;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;
using Luthier.Text.Jinja.Values;

namespace Luthier.Text.Jinja.Formatting;

/// <summary>Python's <c>"{} and {name:>5}".format(a, name=b)</c>; fields reach items and attributes as the sandbox allows.</summary>
internal sealed class BraceFormat(RenderContext context, object?[] items, Func<string, object?> named)
{
    /// <summary>Specifications may hold fields, whose specifications may not.</summary>
    private const int MaximumDepth = 2;

    private int nextItem;
    private bool isNumbered;

    public static object Apply(RenderContext context, string format, Arguments arguments) =>
        new BraceFormat(
            context,
            arguments.Positional,
            name =>
            {
                context.Step(arguments.Named.Count);
                return arguments.TryGetNamed(name, out var value) ? value : throw NoKey(name);
            }
        ).Format(format, MaximumDepth);

    public static object ApplyMap(RenderContext context, string format, Arguments arguments)
    {
        if (arguments is not { Positional: [var map], Named: [] })
        {
            throw Errors.Type("format_map() takes exactly one argument");
        }

        return new BraceFormat(
            context,
            [],
            name => map is DictValue dict && dict.TryGet(name, out var value) ? value : throw NoKey(name)
        ).Format(format, MaximumDepth);
    }

    private string Format(string format, int depth)
    {
        if (depth == 0)
        {
            throw Errors.Value("Max string recursion exceeded");
        }

        var result = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            var c = format[i];
            if (c is not ('{' or '}'))
            {
                result.Append(c);
            }
            else if (i + 1 < format.Length && format[i + 1] == c)
            {
                result.Append(c);
                i++;
            }
            else if (c == '}')
            {
                throw Errors.Value("Single '}' encountered in format string");
            }
            else
            {
                var end = FieldEnd(format, i);
                context.Step(1);
                result.Append(FormatField(format[(i + 1)..end], depth));
                i = end;
            }
        }

        return context.Made(result.ToString());
    }

    /// <summary>The brace that closes the field that begins at another.</summary>
    private static int FieldEnd(string format, int start)
    {
        var depth = 0;
        for (var i = start; i < format.Length; i++)
        {
            depth += format[i] switch
            {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            if (depth == 0)
            {
                return i;
            }
        }

        throw Errors.Value("expected '}' before end of string");
    }

    private string FormatField(string field, int depth)
    {
        var nameEnd = NameEnd(field);
        var value = Resolve(field[..nameEnd]);
        var rest = field[nameEnd..];
        if (rest is ['!', var conversion, ..])
        {
            value = conversion switch
            {
                's' => Printing.Str(context, value),
                'r' => Printing.Repr(context, value),
                _ => throw Errors.Value($"Unknown conversion specifier {conversion}"),
            };
            rest = rest[2..];
            if (rest is not ("" or [':', ..]))
            {
                throw Errors.Value("expected ':' after conversion specifier");
            }
        }

        return FormatValue(value, rest.Length > 1 ? Format(rest[1..], depth - 1) : "");
    }

    // An index in brackets may hold what would end the name.
    private static int NameEnd(string field)
    {
        var isIndex = false;
        for (var i = 0; i < field.Length; i++)
        {
            isIndex = isIndex ? field[i] != ']' : field[i] == '[';
            if (!isIndex && field[i] is '!' or ':')
            {
                return i;
            }
        }

        return field.Length;
    }

    private object? Resolve(string path)
    {
        var end = path.AsSpan().IndexOfAny('.', '[');
        end = end < 0 ? path.Length : end;
        var value = First(path[..end]);
        while (end < path.Length)
        {
            if (path[end] == '.')
            {
                var next = path.AsSpan(end + 1).IndexOfAny('.', '[');
                next = next < 0 ? path.Length : end + 1 + next;
                value = Subscripts.Attribute(context, value, path[(end + 1)..next]);
                end = next;
                continue;
            }

            var close = path.IndexOf(']', end);
            if (path[end] != '[' || close < 0)
            {
                throw Errors.Value("Only '.' or '[' may follow ']' in format field specifier");
            }

            var key = path[(end + 1)..close];
            value = Subscripts.Item(context, value, TryNumber(key, out var index) ? (long)index : key);
            end = close + 1;
        }

        return value;
    }

    private object? First(string name)
    {
        if (name.Length > 0 && !TryNumber(name, out _))
        {
            return named(name);
        }

        if (name.Length > 0)
        {
            isNumbered = true;
            TryNumber(name, out var given);
            return At(given);
        }

        return isNumbered
            ? throw Errors.Value("cannot switch from manual field specification to automatic field numbering")
            : At(nextItem++);
    }

    private object? At(int index) =>
        index < items.Length
            ? items[index]
            : throw Errors.Value($"Replacement index {index} out of range for positional args tuple");

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private string FormatValue(object? value, string specification)
    {
        if (specification.Length == 0)
        {
            return Printing.Str(context, value);
        }

        var isText = Texts.TryGet(value, out var text);
        var spec = FormatSpec.Parse(specification, isNumber: !isText);
        if (text is not null)
        {
            return spec.Type is '\0' or 's' && spec.Align != '=' && spec.Grouping == '\0'
                ? NumberFormat.Text(context, spec, text)
                : throw Errors.Value($"Unknown format code '{spec.Type}' for object of type 'str'");
        }

        if (value is double || spec.Type is 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or '%' && Ordering.IsNumber(value))
        {
            return spec.Type is '\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'n' or '%'
                ? NumberFormat.Float(context, spec, Numbers.ToDouble(value!))
                : throw Errors.Value($"Unknown format code '{spec.Type}' for object of type 'float'");
        }

        if (!Integers.TryGetBig(value, out var integer))
        {
            throw value is Undefined undefined
                ? undefined.Error()
                : Errors.Type($"unsupported format string passed to {TypeNames.Of(value)}.__format__");
        }

        return spec is { Type: '\0' or 'b' or 'c' or 'd' or 'n' or 'o' or 'x' or 'X', Precision: null }
            ? NumberFormat.Integer(context, spec, integer)
            : throw Errors.Value($"Invalid format specifier {Printing.Quote(specification)} for an integer");
    }

    private static JinjaException NoKey(string name) =>
        Errors.Value($"there is no argument {Printing.Quote(name)} to format");
}
