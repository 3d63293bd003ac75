using System.Text.Json;
using Luthier.Formats;
using Luthier.Formats.Json;

namespace Luthier.Training.Data;

/// <summary>
/// The objects of a JSON array, or of a file with one object a line. Each knows its line, so that a complaint reads
/// <c>data.json line 12: field output is missing</c>.
/// </summary>
internal static class JsonRecords
{
    /// <exception cref="InvalidFileException">The file is neither, or not valid JSON.</exception>
    public static IEnumerable<JsonField> Read(string path)
    {
        var lines = new LineReader(path);
        using var first = lines.Read().GetEnumerator();
        while (first.MoveNext())
        {
            var trimmed = first.Current.Utf8.Span.Trim(" \t\r"u8);
            if (!trimmed.IsEmpty)
            {
                return trimmed[0] == (byte)'[' ? FromArray(path) : FromLines(path, lines);
            }
        }

        return [];
    }

    private static IEnumerable<JsonField> FromLines(string path, LineReader lines)
    {
        foreach (var (line, utf8) in lines.Read())
        {
            if (!utf8.Span.Trim(" \t\r"u8).IsEmpty)
            {
                yield return JsonFile.Parse($"{path} line {line}", utf8);
            }
        }
    }

    private static IEnumerable<JsonField> FromArray(string path)
    {
        if (new FileInfo(path).Length > Array.MaxLength)
        {
            throw new InvalidFileException(path, "a JSON array of more than 2 GB: expected one object a line (JSONL)");
        }

        var bytes = File.ReadAllBytes(path);
        var line = 1;
        var counted = 0;
        foreach (var (start, end) in Elements(path, bytes))
        {
            line += bytes.AsSpan(counted, start - counted).Count((byte)'\n');
            counted = start;
            yield return JsonFile.Parse($"{path} line {line}", bytes.AsMemory(start, end - start));
        }
    }

    // Where each element of the array begins and ends, in bytes.
    private static List<(int Start, int End)> Elements(string path, byte[] bytes)
    {
        var skipped = bytes.AsSpan().StartsWith("\uFEFF"u8) ? "\uFEFF"u8.Length : 0;
        List<(int Start, int End)> elements = [];
        try
        {
            var reader = new Utf8JsonReader(bytes.AsSpan(skipped));
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = checked((int)reader.TokenStartIndex);
                reader.Skip();
                elements.Add((start + skipped, checked((int)reader.BytesConsumed) + skipped));
            }

            reader.Read();
            return elements;
        }
        catch (JsonException exception)
        {
            throw new InvalidFileException(
                path,
                $"is not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}",
                exception
            );
        }
    }
}
