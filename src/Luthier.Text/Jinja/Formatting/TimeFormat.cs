using System.Globalization;
using System.Text;

namespace Luthier.Text.Jinja.Formatting;

/// <summary>
/// Python's <c>strftime</c> of a time without a zone, in the C locale, with glibc's flags: <c>%-d</c> without padding,
/// <c>%_d</c> with spaces, <c>%0e</c> with zeros, <c>%^a</c> in capitals, <c>%5d</c> with a width.
/// </summary>
internal static class TimeFormat
{
    private const int MaximumWidth = 1000;

    public static string Format(DateTime time, string format)
    {
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            var start = i++;
            var flag = '\0';
            while (i < format.Length && format[i] is '-' or '_' or '0' or '^' or '#')
            {
                flag = format[i++];
            }

            var width = 0;
            for (; i < format.Length && char.IsAsciiDigit(format[i]); i++)
            {
                width = Math.Min((width * 10) + (format[i] - '0'), MaximumWidth);
            }

            var value = i < format.Length ? Directive(time, format[i], flag, width) : null;
            // What is no directive prints as it stands.
            text.Append(value ?? format[start..Math.Min(i + 1, format.Length)]);
        }

        return text.ToString();
    }

    private static string? Directive(DateTime time, char letter, char flag, int minimum)
    {
        if (Number(time, letter) is var (value, width, pad))
        {
            width = Math.Max(width, minimum);
            pad = flag switch
            {
                '_' => ' ',
                '0' => '0',
                _ => pad,
            };
            return value.ToString(CultureInfo.InvariantCulture).PadLeft(flag == '-' ? 0 : width, pad);
        }

        var word = Word(time, letter)?.PadLeft(minimum, flag == '0' ? '0' : ' ');
        return flag switch
        {
            '^' => word?.ToUpperInvariant(),
            '#' => letter == 'p' ? word?.ToLowerInvariant() : word?.ToUpperInvariant(),
            _ => word,
        };
    }

    private static (long Value, int Width, char Pad)? Number(DateTime time, char letter)
    {
        var sunday = (int)time.DayOfWeek;
        var monday = (sunday + 6) % 7;
        var hour = (time.Hour + 11) % 12 + 1;
        return letter switch
        {
            'C' => (time.Year / 100, 2, '0'),
            'd' => (time.Day, 2, '0'),
            'e' => (time.Day, 2, ' '),
            'f' => (time.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond, 6, '0'),
            'g' => (ISOWeek.GetYear(time) % 100, 2, '0'),
            'G' => (ISOWeek.GetYear(time), 1, '0'),
            'H' => (time.Hour, 2, '0'),
            'I' => (hour, 2, '0'),
            'j' => (time.DayOfYear, 3, '0'),
            'k' => (time.Hour, 2, ' '),
            'l' => (hour, 2, ' '),
            'm' => (time.Month, 2, '0'),
            'M' => (time.Minute, 2, '0'),
            's' => ((time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond, 1, '0'),
            'S' => (time.Second, 2, '0'),
            'u' => (monday + 1, 1, '0'),
            'U' => ((time.DayOfYear + 6 - sunday) / 7, 2, '0'),
            'V' => (ISOWeek.GetWeekOfYear(time), 2, '0'),
            'w' => (sunday, 1, '0'),
            'W' => ((time.DayOfYear + 6 - monday) / 7, 2, '0'),
            'y' => (time.Year % 100, 2, '0'),
            'Y' => (time.Year, 1, '0'),
            _ => null,
        };
    }

    private static string? Word(DateTime time, char letter) =>
        letter switch
        {
            'a' => time.ToString("ddd", CultureInfo.InvariantCulture),
            'A' => time.ToString("dddd", CultureInfo.InvariantCulture),
            'b' or 'h' => time.ToString("MMM", CultureInfo.InvariantCulture),
            'B' => time.ToString("MMMM", CultureInfo.InvariantCulture),
            'p' => time.Hour < 12 ? "AM" : "PM",
            'P' => time.Hour < 12 ? "am" : "pm",
            'c' => Format(time, "%a %b %e %H:%M:%S %Y"),
            'D' or 'x' => Format(time, "%m/%d/%y"),
            'F' => Format(time, "%Y-%m-%d"),
            'r' => Format(time, "%I:%M:%S %p"),
            'R' => Format(time, "%H:%M"),
            'T' or 'X' => Format(time, "%H:%M:%S"),
            // A time without a zone has neither.
            'z' or 'Z' => "",
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            _ => null,
        };
}
