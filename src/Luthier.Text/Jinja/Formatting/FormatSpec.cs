using System.Globalization;
using Luthier.Text.Jinja.Operations;

namespace Luthier.Text.Jinja.Formatting;

/// <summary>
/// Python's format specification: <c>[[fill]align][sign][#][0][width][,|_][.precision][type]</c>. Percent formats are
/// brought into it.
/// </summary>
internal sealed record FormatSpec
{
    /// <summary>Far more than anyone prints.</summary>
    public const int MaximumSize = 10_000;

    public string Fill { get; init; } = " ";

    /// <summary><c>&lt;</c>, <c>&gt;</c>, <c>^</c>, <c>=</c>, or none for what the value prefers.</summary>
    public char Align { get; init; }

    /// <summary><c>+</c>, <c>-</c> or a space.</summary>
    public char Sign { get; init; } = '-';
    public bool Alternate { get; init; }
    public int Width { get; init; }

    /// <summary>Between groups of digits, or none.</summary>
    public char Grouping { get; init; }
    public int? Precision { get; init; }

    /// <summary>The letter at the end, or none.</summary>
    public char Type { get; init; }

    /// <param name="text">The specification.</param>
    /// <param name="isNumber">Whether a number is to be formatted, behind whose sign zeros go.</param>
    /// <exception cref="JinjaException">The text is no such specification.</exception>
    public static FormatSpec Parse(string text, bool isNumber)
    {
        var i = 0;
        var (fill, align) = ReadAlignment(text, ref i);
        var spec = new FormatSpec();
        if (At(text, i) is '+' or '-' or ' ')
        {
            spec = spec with { Sign = text[i++] };
        }

        if (At(text, i) == '#')
        {
            spec = spec with { Alternate = true };
            i++;
        }

        if (At(text, i) == '0')
        {
            i++;
            fill ??= "0";
            align = align == '\0' && isNumber ? '=' : align;
        }

        spec = spec with { Fill = fill ?? " ", Align = align, Width = ReadNumber(text, ref i) ?? 0 };
        if (At(text, i) is ',' or '_')
        {
            spec = spec with { Grouping = text[i++] };
        }

        if (At(text, i) == '.')
        {
            i++;
            var precision = ReadNumber(text, ref i) ?? throw Errors.Value("Format specifier missing precision");
            spec = spec with { Precision = precision };
        }

        spec = spec with { Type = At(text, i) };
        return i + (spec.Type == '\0' ? 0 : 1) == text.Length
            ? spec
            : throw Errors.Value($"Invalid format specifier {Printing.Quote(text)}");
    }

    private static (string? Fill, char Align) ReadAlignment(string text, ref int i)
    {
        var fillUnits = text.Length > 0 ? PythonText.UnitsAt(text, 0) : 0;
        if (fillUnits > 0 && IsAlign(At(text, fillUnits)))
        {
            i = fillUnits + 1;
            return (text[..fillUnits], text[fillUnits]);
        }

        return IsAlign(At(text, 0)) ? (null, text[i++]) : (null, '\0');
    }

    private static bool IsAlign(char c) => c is '<' or '>' or '^' or '=';

    private static char At(string text, int index) => index < text.Length ? text[index] : '\0';

    private static int? ReadNumber(string text, ref int i)
    {
        var start = i;
        while (char.IsAsciiDigit(At(text, i)))
        {
            i++;
        }

        if (i == start)
        {
            return null;
        }

        return
            int.TryParse(text.AsSpan(start, i - start), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= MaximumSize
            ? number
            : throw Errors.Limit($"a width or precision is more than {MaximumSize}");
    }
}
