using System.Text;
using Luthier.Formats;

namespace Luthier.Training.Data;

/// <summary>A record of a CSV file and the line on which it begins, from 1.</summary>
internal readonly record struct CsvRecord(int Line, string[] Fields);

/// <summary>
/// Reads comma-separated values by RFC 4180: fields may be quoted and then hold delimiters, line ends and doubled
/// quotes. A backslash is a character like any other. Blank lines are skipped.
/// </summary>
internal sealed class CsvReader(string path, TextReader text, char delimiter)
{
    private readonly StringBuilder field = new();
    private readonly List<string> fields = [];
    private int line = 1;

    /// <summary>The records of the file.</summary>
    /// <exception cref="InvalidFileException">A quote is misplaced or never closed.</exception>
    public IEnumerable<CsvRecord> Records()
    {
        while (text.Peek() >= 0)
        {
            var first = line;
            if (ReadRecord())
            {
                yield return new CsvRecord(first, [.. fields]);
            }
        }
    }

    // False for a blank line.
    private bool ReadRecord()
    {
        fields.Clear();
        while (true)
        {
            var quoted = text.Peek() == '"';
            if (quoted)
            {
                ReadQuoted();
            }
            else
            {
                ReadPlain();
            }

            fields.Add(field.ToString());
            field.Clear();
            if (text.Peek() == delimiter)
            {
                _ = text.Read();
                continue;
            }

            EndLine();
            return fields.Count > 1 || quoted || fields[0].Length > 0;
        }
    }

    private void ReadPlain()
    {
        for (var next = text.Peek(); next >= 0 && next != delimiter && next is not ('\r' or '\n'); next = text.Peek())
        {
            field.Append((char)text.Read());
        }
    }

    private void ReadQuoted()
    {
        var first = line;
        _ = text.Read();
        while (true)
        {
            var next = text.Read();
            if (next < 0)
            {
                throw new InvalidFileException(path, $"line {first}: the quote that opens a field is never closed");
            }

            if (next == '"')
            {
                if (text.Peek() != '"')
                {
                    break;
                }

                _ = text.Read();
            }

            line += next == '\n' ? 1 : 0;
            field.Append((char)next);
        }

        var after = text.Peek();
        if (after >= 0 && after != delimiter && after is not ('\r' or '\n'))
        {
            throw new InvalidFileException(
                path,
                $"line {line}: found '{(char)after}' after the quote that closes a field, expected '{delimiter}' or the "
                    + "end of the line (a quote inside a quoted field is doubled)"
            );
        }
    }

    private void EndLine()
    {
        if (text.Peek() == '\r')
        {
            _ = text.Read();
        }

        if (text.Peek() == '\n')
        {
            _ = text.Read();
        }

        line++;
    }
}
