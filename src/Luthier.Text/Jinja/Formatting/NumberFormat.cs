using System.Globalization;
using System.Numerics;
using System.Text;
using Luthier.Text.Jinja.Operations;
using Luthier.Text.Jinja.Running;

namespace Luthier.Text.Jinja.Formatting;

/// <summary>Numbers and strings by a format specification.</summary>
internal static class NumberFormat
{
    /// <summary>A string: cut to the precision, then filled up to the width.</summary>
    public static string Text(RenderContext context, FormatSpec spec, string text)
    {
        if (spec.Precision is { } most && PythonText.Length(text) > most)
        {
            text = text[..PythonText.OffsetOf(text, most)];
        }

        return Pad(context, spec, "", text, spec.Align is '\0' or '=' ? '<' : spec.Align);
    }

    /// <summary>An integer as decimal, binary, octal, hexadecimal or a character.</summary>
    public static string Integer(RenderContext context, FormatSpec spec, BigInteger value)
    {
        if (spec.Type == 'c')
        {
            return value >= 0 && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF)
                ? Pad(context, spec, "", char.ConvertFromUtf32((int)value), spec.Align is '\0' ? '<' : spec.Align)
                : throw Errors.Value("%c arg not in range(0x110000)");
        }

        var magnitude = BigInteger.Abs(value);
        var (digits, prefix, group) = spec.Type switch
        {
            'b' => (magnitude.ToString("B", CultureInfo.InvariantCulture), "0b", 4),
            'o' => (Octal(magnitude), "0o", 4),
            'x' => (magnitude.ToString("x", CultureInfo.InvariantCulture), "0x", 4),
            'X' => (magnitude.ToString("X", CultureInfo.InvariantCulture), "0X", 4),
            _ => (magnitude.ToString(CultureInfo.InvariantCulture), "", 3),
        };
        digits = digits.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0";
        if (spec.Precision is { } least)
        {
            digits = digits.PadLeft(least, '0');
        }

        var sign = SignOf(spec, value.Sign < 0) + (spec.Alternate ? prefix : "");
        return PadNumber(context, spec, sign, digits, "", group);
    }

    /// <summary>A float in fixed, scientific or general notation.</summary>
    public static string Float(RenderContext context, FormatSpec spec, double value)
    {
        var sign = SignOf(spec, double.IsNegative(value) && !double.IsNaN(value));
        if (!double.IsFinite(value))
        {
            var word = double.IsNaN(value) ? "nan" : "inf";
            word = char.IsAsciiLetterUpper(spec.Type) ? word.ToUpperInvariant() : word;
            // As a number it would be filled up with zeros.
            return Pad(context, spec, sign, word + (spec.Type == '%' ? "%" : ""), NumberAlign(spec));
        }

        var text = spec.Type switch
        {
            'f' or 'F' => Fixed(spec, value),
            '%' => Fixed(spec, value * 100) + "%",
            'e' or 'E' => Scientific(spec, value, spec.Precision ?? 6),
            'g' or 'G' or 'n' => General(spec, value, spec.Precision ?? 6, spec.Alternate, addsPoint: false),
            _ => spec.Precision is { } digits
                ? General(spec, value, digits, spec.Alternate, addsPoint: true)
                : Printing.Float(Math.Abs(value)),
        };
        text = char.IsAsciiLetterUpper(spec.Type) ? text.ToUpperInvariant() : text;
        var end = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        end = end < 0 ? text.Length : end;
        return PadNumber(context, spec, sign, text[..end], text[end..], 3);
    }

    private static string Fixed(FormatSpec spec, double value)
    {
        if (!double.IsFinite(value))
        {
            return "inf";
        }

        var text = ExactDecimal.Fixed(value, spec.Precision ?? 6);
        return spec is { Alternate: true, Precision: 0 } ? text + "." : text;
    }

    private static string Scientific(FormatSpec spec, double value, int precision)
    {
        var (digits, exponent) = ExactDecimal.Significant(value, precision + 1);
        return Mantissa(digits, spec.Alternate) + Exponent(exponent);
    }

    private static string General(FormatSpec spec, double value, int precision, bool keepsZeros, bool addsPoint)
    {
        precision = Math.Max(precision, 1);
        var (digits, exponent) = ExactDecimal.Significant(value, precision);
        if (!keepsZeros)
        {
            digits = digits.TrimEnd('0') is { Length: > 0 } trimmed ? trimmed : "0";
        }

        if (exponent < -4 || exponent >= precision - (addsPoint ? 1 : 0))
        {
            return exponent == 0 && addsPoint && digits.Length == 1 && value == 0
                ? "0.0"
                : Mantissa(digits, keepsZeros) + Exponent(exponent);
        }

        if (exponent < 0)
        {
            return $"0.{new string('0', -exponent - 1)}{digits}";
        }

        digits = digits.PadRight(exponent + 1, '0');
        var fraction = digits[(exponent + 1)..];
        return digits[..(exponent + 1)]
            + (
                fraction.Length > 0 ? "." + fraction
                : addsPoint ? ".0"
                : keepsZeros ? "."
                : ""
            );
    }

    private static string Mantissa(string digits, bool keepsPoint) =>
        digits.Length > 1 ? $"{digits[0]}.{digits.AsSpan(1)}"
        : keepsPoint ? digits + "."
        : digits;

    private static string Exponent(int exponent) => $"e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";

    private static string Octal(BigInteger value)
    {
        var text = new StringBuilder();
        for (; !value.IsZero; value >>= 3)
        {
            text.Insert(0, (char)('0' + (int)(value & 7)));
        }

        return text.ToString();
    }

    private static string SignOf(FormatSpec spec, bool isNegative) =>
        isNegative ? "-"
        : spec.Sign == '-' ? ""
        : spec.Sign.ToString();

    private static char NumberAlign(FormatSpec spec) => spec.Align == '\0' ? '>' : spec.Align;

    /// <summary>Digits in groups, filled up to the width; zeros that fill are grouped too.</summary>
    private static string PadNumber(
        RenderContext context,
        FormatSpec spec,
        string sign,
        string digits,
        string rest,
        int group
    )
    {
        if (spec.Grouping != '\0')
        {
            var width = spec is { Fill: "0", Align: '=' } ? spec.Width - sign.Length - rest.Length : 0;
            digits = Group(digits, spec.Grouping, group, width);
        }

        return Pad(context, spec, sign, digits + rest, NumberAlign(spec));
    }

    private static string Group(string digits, char separator, int size, int width)
    {
        var text = new StringBuilder();
        for (var i = 0; i < digits.Length || text.Length < width; i++)
        {
            if (i > 0 && i % size == 0)
            {
                text.Insert(0, separator);
            }

            text.Insert(0, i < digits.Length ? digits[^(i + 1)] : '0');
        }

        return text.ToString();
    }

    private static string Pad(RenderContext context, FormatSpec spec, string sign, string text, char align)
    {
        var missing = Math.Max(0, spec.Width - sign.Length - PythonText.Length(text));
        context.Allocate(text.Length + missing);
        var fill = string.Concat(Enumerable.Repeat(spec.Fill, missing));
        return align switch
        {
            '<' => sign + text + fill,
            '=' => sign + fill + text,
            '^' => string.Concat(Enumerable.Repeat(spec.Fill, missing / 2))
                + sign
                + text
                + string.Concat(Enumerable.Repeat(spec.Fill, missing - (missing / 2))),
            _ => fill + sign + text,
        };
    }
}
