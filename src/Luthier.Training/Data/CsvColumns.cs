using System.Globalization;
using Luthier.Formats;

namespace Luthier.Training.Data;

/// <summary>
/// Which columns make the fields of a row: <c>instruction=title,input=2+3,output=class</c>. A column is a name of the
/// header or a position from 1; several joined by <c>+</c> are put together with a space; a value in double quotes is
/// taken as it stands. The file has a header if any name is used.
/// </summary>
internal sealed class CsvColumns
{
    private static readonly string[] Known = ["instruction", "input", "output", "text"];

    private readonly Dictionary<string, string> sources;

    private CsvColumns(Dictionary<string, string> sources) => this.sources = sources;

    /// <summary>The mapping where none is given: a header with the names of the fields.</summary>
    public static CsvColumns Default { get; } = new([]);

    public bool HasHeader =>
        sources.Count == 0 || sources.Values.Any(source => !IsLiteral(source) && !IsPositions(source));

    /// <summary>Reads a mapping.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? TryParse(string text, out CsvColumns columns)
    {
        Dictionary<string, string> mapping = new(StringComparer.Ordinal);
        columns = new CsvColumns(mapping);
        foreach (var part in SplitOutsideQuotes(text))
        {
            var mark = part.IndexOf('=');
            if (mark <= 0 || mark == part.Length - 1)
            {
                return $"'{part}' is not of the form field=column";
            }

            var name = part[..mark].Trim();
            if (!Known.Contains(name, StringComparer.Ordinal))
            {
                return $"'{name}' is no field: expected one of {string.Join(", ", Known)}";
            }

            if (!mapping.TryAdd(name, part[(mark + 1)..].Trim()))
            {
                return $"'{name}' is given twice";
            }
        }

        var isText = mapping.ContainsKey("text");
        return isText && mapping.Count > 1 ? "text goes with no other field"
            : !isText && !mapping.ContainsKey("output") ? "expected output=… with instruction=… or input=…, or text=…"
            : null;
    }

    /// <summary>Finds the columns in a header (or, without one, in the first record).</summary>
    public CsvLayout Locate(string path, CsvRecord first)
    {
        var mapping = sources.Count == 0 ? FromHeader(path, first) : sources;
        return new CsvLayout(
            mapping.ToDictionary(m => m.Key, m => Parts(path, first, m.Key, m.Value), StringComparer.Ordinal)
        );
    }

    private static Dictionary<string, string> FromHeader(string path, CsvRecord header)
    {
        var found = Known.Where(name => header.Fields.Contains(name, StringComparer.Ordinal)).ToList();
        if (!found.Contains("output", StringComparer.Ordinal) && !found.Contains("text", StringComparer.Ordinal))
        {
            throw new InvalidFileException(
                path,
                $"line {header.Line}: the header has no column output or text: say which columns to take, such as "
                    + "--columns input=1,output=2"
            );
        }

        return found
            .Where(name =>
                found.Contains("output", StringComparer.Ordinal)
                != string.Equals(name, "text", StringComparison.Ordinal)
            )
            .ToDictionary(name => name, name => name, StringComparer.Ordinal);
    }

    private CsvPart[] Parts(string path, CsvRecord first, string name, string source)
    {
        if (IsLiteral(source))
        {
            return [new CsvPart(-1, source[1..^1])];
        }

        var whole = HasHeader && Array.IndexOf(first.Fields, source) >= 0;
        string[] columns = whole ? [source] : source.Split('+', StringSplitOptions.TrimEntries);
        return [.. columns.Select(column => new CsvPart(IndexOf(path, first, name, column), ""))];
    }

    private int IndexOf(string path, CsvRecord first, string name, string column)
    {
        var index = HasHeader ? Array.IndexOf(first.Fields, column) : -1;
        if (index < 0 && int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out var position))
        {
            index = position >= 1 && position <= first.Fields.Length ? position - 1 : -1;
        }

        return index >= 0
            ? index
            : throw new InvalidFileException(
                path,
                $"line {first.Line}: no column '{column}' for {name}, expected "
                    + (HasHeader ? $"one of {string.Join(", ", first.Fields)}" : $"1 to {first.Fields.Length}")
            );
    }

    private static bool IsLiteral(string source) => source.Length >= 2 && source[0] == '"' && source[^1] == '"';

    private static bool IsPositions(string source) =>
        source.Split('+', StringSplitOptions.TrimEntries).All(part => part.Length > 0 && part.All(char.IsAsciiDigit));

    private static IEnumerable<string> SplitOutsideQuotes(string text)
    {
        var start = 0;
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            quoted ^= text[i] == '"';
            if (text[i] == ',' && !quoted)
            {
                yield return text[start..i].Trim();
                start = i + 1;
            }
        }

        yield return text[start..].Trim();
    }
}

/// <summary>A column by index, or text of its own where the index is −1.</summary>
internal readonly record struct CsvPart(int Index, string Literal);

/// <summary>The columns of one file that make each field.</summary>
internal sealed class CsvLayout(IReadOnlyDictionary<string, CsvPart[]> parts)
{
    public bool IsText => parts.ContainsKey("text");

    /// <summary>A field of a record; empty where nothing is mapped to it.</summary>
    public string Field(CsvRecord record, string name) =>
        parts.TryGetValue(name, out var columns)
            ? string.Join(' ', columns.Select(part => part.Index < 0 ? part.Literal : record.Fields[part.Index]))
            : "";
}
