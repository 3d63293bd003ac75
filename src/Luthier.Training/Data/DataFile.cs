using System.Globalization;
using System.Text;
using Luthier.Formats;

namespace Luthier.Training.Data;

/// <summary>A file of rows, in whichever form.</summary>
/// <param name="path">The file.</param>
/// <param name="format">Its form, or <see cref="DataFormat.Auto"/>.</param>
/// <param name="columns">For CSV: which columns to take.</param>
/// <param name="labels">Class names that numbers from 1 in the answers stand for.</param>
internal sealed class DataFile(string path, DataFormat format, CsvColumns columns, IReadOnlyList<string> labels)
{
    /// <summary>The file, as the user named it.</summary>
    public string Path => path;

    /// <summary>Reads the rows one after the other.</summary>
    /// <exception cref="InvalidFileException">A row is not what the form asks for.</exception>
    public IEnumerable<DataRow> Rows() => labels.Count == 0 ? Read() : Read().Select(Named);

    private IEnumerable<DataRow> Read()
    {
        var chosen = format == DataFormat.Auto ? ByExtension(path) : format;
        return chosen switch
        {
            DataFormat.Csv => CsvRows.Read(path, columns),
            DataFormat.Text when !IsJson(path) => [new TextRow(path, ReadText(path))],
            _ => ReadJson(chosen),
        };
    }

    private IEnumerable<DataRow> ReadJson(DataFormat chosen)
    {
        foreach (var record in JsonRecords.Read(path))
        {
            chosen = chosen == DataFormat.Auto ? JsonRows.FormatOf(record) : chosen;
            yield return JsonRows.Parse(record, chosen);
        }
    }

    private DataRow Named(DataRow row)
    {
        if (
            row is not InstructionRow answered
            || labels.Contains(answered.Output, StringComparer.Ordinal)
            || !int.TryParse(answered.Output, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        )
        {
            return row;
        }

        return number >= 1 && number <= labels.Count
            ? answered with
            {
                Output = labels[number - 1],
            }
            : throw new InvalidFileException(
                row.Where,
                $"the answer {number} stands for no class, expected 1 to {labels.Count}"
            );
    }

    private static DataFormat ByExtension(string path) =>
        System.IO.Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".CSV" or ".TSV" => DataFormat.Csv,
            _ when IsJson(path) => DataFormat.Auto,
            ".TXT" or ".TEXT" or ".MD" => DataFormat.Text,
            var extension => throw new InvalidFileException(
                path,
                $"the extension '{extension}' does not tell the form of the data, expected .json, .jsonl, .csv, .tsv or "
                    + ".txt (or --data-format)"
            ),
        };

    private static bool IsJson(string path) =>
        System.IO.Path.GetExtension(path).ToUpperInvariant() is ".JSON" or ".JSONL" or ".NDJSON";

    private static string ReadText(string path)
    {
        try
        {
            using var reader = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidFileException(path, "is not valid UTF-8", exception);
        }
    }
}
