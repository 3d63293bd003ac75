using System.Text;
using Luthier.Formats;

namespace Luthier.Training.Data;

/// <summary>Rows of a CSV file.</summary>
internal static class CsvRows
{
    /// <exception cref="InvalidFileException">The file is not CSV, or a record does not have the columns.</exception>
    public static IEnumerable<DataRow> Read(string path, CsvColumns columns)
    {
        var delimiter = Path.GetExtension(path).Equals(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',';
        using var text = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        CsvLayout? layout = null;
        var width = 0;
        foreach (var record in Records(path, new CsvReader(path, text, delimiter)))
        {
            if (layout is null)
            {
                layout = columns.Locate(path, record);
                width = record.Fields.Length;
                if (columns.HasHeader)
                {
                    continue;
                }
            }

            var where = $"{path} line {record.Line}";
            if (record.Fields.Length != width)
            {
                throw new InvalidFileException(
                    where,
                    $"has {record.Fields.Length} fields, expected {width} as on the first line"
                );
            }

            yield return layout.IsText
                ? new TextRow(where, layout.Field(record, "text"))
                : new InstructionRow(
                    where,
                    layout.Field(record, "instruction"),
                    layout.Field(record, "input"),
                    layout.Field(record, "output")
                );
        }
    }

    private static IEnumerable<CsvRecord> Records(string path, CsvReader reader)
    {
        using var records = reader.Records().GetEnumerator();
        while (true)
        {
            try
            {
                if (!records.MoveNext())
                {
                    yield break;
                }
            }
            catch (DecoderFallbackException exception)
            {
                throw new InvalidFileException(path, "is not valid UTF-8", exception);
            }

            yield return records.Current;
        }
    }
}
