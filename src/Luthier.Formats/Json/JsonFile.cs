using System.Text.Json;
using System.Text.Unicode;

namespace Luthier.Formats.Json;

/// <summary>Reads JSON files that nobody vouches for: limited size and depth, and no member given twice.</summary>
public static class JsonFile
{
    /// <summary>Larger than any configuration, index or tokenizer file of the model families known.</summary>
    public const long DefaultMaxBytes = 256L << 20;

    private const int MaxDepth = 64;

    private static readonly JsonDocumentOptions Options = new()
    {
        AllowDuplicateProperties = false,
        MaxDepth = MaxDepth,
    };

    /// <summary>Reads a file as its root value.</summary>
    /// <exception cref="IOException">The file can't be opened.</exception>
    /// <exception cref="InvalidFileException">It is too large, or not valid JSON.</exception>
    public static JsonField Read(string path, long maxBytes = DefaultMaxBytes)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        if (stream.Length > maxBytes)
        {
            throw new InvalidFileException(path, $"has {stream.Length} bytes, more than the {maxBytes} expected of it");
        }

        var bytes = new byte[stream.Length];
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return Parse(path, bytes.AsMemory(0, count));
    }

    /// <summary>Reads JSON text.</summary>
    /// <param name="source">What messages call it, such as a path, or a path with a line number.</param>
    /// <param name="utf8">The text; a byte order mark is skipped.</param>
    /// <exception cref="InvalidFileException">It is not valid JSON.</exception>
    public static JsonField Parse(string source, ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Span.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8["\uFEFF"u8.Length..];
        }

        if (!Utf8.IsValid(utf8.Span))
        {
            throw new InvalidFileException(source, "is not valid UTF-8");
        }

        var failure = TryParse(utf8, out var root, out var problem);
        if (failure is not null && QuoteNonFinite(utf8.Span) is { } quoted)
        {
            // Python writes NaN and Infinity, which JSON does not have: such a file is read with them as strings.
            utf8 = quoted;
            failure = TryParse(utf8, out root, out problem);
        }

        if (failure is not null)
        {
            throw new InvalidFileException(source, problem, failure);
        }

        var field = new JsonField(source, root);
        if (utf8.Span.IndexOf("\\ud"u8) >= 0 || utf8.Span.IndexOf("\\uD"u8) >= 0)
        {
            field.CheckSurrogates();
        }

        return field;
    }

    private static Exception? TryParse(ReadOnlyMemory<byte> utf8, out JsonElement root, out string problem)
    {
        root = default;
        problem = "";
        try
        {
            root = JsonElement.Parse(utf8.Span, Options);
            return null;
        }
        catch (JsonException exception)
        {
            problem = exception.LineNumber is { } line
                ? $"is not valid JSON at line {line + 1}, byte {exception.BytePositionInLine + 1}"
                : $"is not valid JSON: {exception.Message.ReplaceLineEndings(" ")}";
            return exception;
        }
        catch (InvalidOperationException exception)
        {
            problem = "is not valid JSON: the name of a member is not valid Unicode";
            return exception;
        }
    }

    private static byte[]? QuoteNonFinite(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IndexOf("NaN"u8) < 0 && utf8.IndexOf("Infinity"u8) < 0)
        {
            return null;
        }

        var result = new List<byte>(utf8.Length + 64);
        var inString = false;
        for (var i = 0; i < utf8.Length; i++)
        {
            var rest = utf8[i..];
            var word =
                inString ? default
                : rest.StartsWith("NaN"u8) ? "NaN"u8
                : rest.StartsWith("Infinity"u8) ? "Infinity"u8
                : rest.StartsWith("-Infinity"u8) ? "-Infinity"u8
                : default;
            if (!word.IsEmpty)
            {
                result.Add((byte)'"');
                result.AddRange(word);
                result.Add((byte)'"');
                i += word.Length - 1;
                continue;
            }

            result.Add(utf8[i]);
            if (inString && utf8[i] == (byte)'\\' && i + 1 < utf8.Length)
            {
                result.Add(utf8[++i]);
            }
            else if (utf8[i] == (byte)'"')
            {
                inString = !inString;
            }
        }

        return [.. result];
    }
}
