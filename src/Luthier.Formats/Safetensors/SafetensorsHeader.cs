using System.Text.Json;
using Luthier.Tensors;

namespace Luthier.Formats.Safetensors;

/// <summary>
/// Reads and checks a safetensors header: JSON of <c>name → {dtype, shape, data_offsets}</c>, whose ranges must cover
/// the data area exactly, without holes or overlaps.
/// </summary>
internal sealed class SafetensorsHeader
{
    private const string MetadataKey = "__metadata__";
    private const int MaxDepth = 8;
    private const int MaxRank = 64;

    private readonly string path;
    private readonly long dataBytes;

    private SafetensorsHeader(string path, long dataBytes)
    {
        this.path = path;
        this.dataBytes = dataBytes;
    }

    public OrderedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Entries in the order of their data.</summary>
    public OrderedDictionary<string, Entry> Entries { get; private set; } = new(StringComparer.Ordinal);

    /// <param name="path">For messages.</param>
    /// <param name="json">The header's bytes.</param>
    /// <param name="dataBytes">Bytes that follow the header in the file.</param>
    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long dataBytes)
    {
        var header = new SafetensorsHeader(path, dataBytes);
        try
        {
            header.Read(json);
        }
        catch (JsonException exception)
        {
            throw header.Invalid(
                $"is not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}",
                exception
            );
        }
        catch (InvalidOperationException exception)
        {
            // The JSON reader's answer to text that is no valid Unicode.
            throw header.Invalid("has a string that is not valid Unicode", exception);
        }

        header.CheckCoverage();
        return header;
    }

    private void Read(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw Invalid("does not start with '{'");
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (string.Equals(name, MetadataKey, StringComparison.Ordinal))
            {
                ReadMetadata(ref reader);
            }
            else if (!Entries.TryAdd(name, ReadEntry(ref reader, name)))
            {
                throw Invalid($"names tensor '{name}' twice");
            }
        }

        // Anything but padding after the object is refused by this read.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject || Metadata.Count > 0)
        {
            throw Invalid($"field {MetadataKey}: expected one object of strings");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String || !Metadata.TryAdd(key, reader.GetString()!))
            {
                throw Invalid($"field {MetadataKey}: expected one string for '{key}'");
            }
        }
    }

    private Entry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Invalid($"tensor '{name}': expected an object with dtype, shape and data_offsets");
        }

        string? dtype = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = reader.GetString();
            reader.Read();
            var duplicate = field switch
            {
                "dtype" => dtype is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => false,
            };
            if (duplicate)
            {
                throw Invalid($"tensor '{name}': field {field} is given twice");
            }

            switch (field)
            {
                case "dtype" when reader.TokenType == JsonTokenType.String:
                    dtype = reader.GetString();
                    break;
                case "dtype":
                    throw Invalid($"tensor '{name}': field dtype: expected a string");
                case "shape":
                    shape = ReadIntegers(ref reader, name, field);
                    break;
                case "data_offsets":
                    offsets = ReadIntegers(ref reader, name, field);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return Check(name, dtype, shape, offsets);
    }

    private List<long> ReadIntegers(ref Utf8JsonReader reader, string name, string field)
    {
        var values = new List<long>();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.Number && values.Count < MaxRank)
            {
                if (!reader.TryGetInt64(out var value) || value < 0)
                {
                    throw Invalid($"tensor '{name}': field {field}: expected integers of 0 or more");
                }

                values.Add(value);
            }
        }

        return reader.TokenType == JsonTokenType.EndArray
            ? values
            : throw Invalid($"tensor '{name}': field {field}: expected a list of at most {MaxRank} integers");
    }

    private Entry Check(string name, string? dtypeName, List<long>? shape, List<long>? offsets)
    {
        var label = $"tensor '{name}'";
        if (dtypeName is null || shape is null || offsets is null)
        {
            throw Invalid($"{label}: expected the fields dtype, shape and data_offsets");
        }

        if (!SafetensorsDType.TryParse(dtypeName, out var dtype))
        {
            throw Invalid($"{label}: dtype '{dtypeName}' is not one of {SafetensorsDType.Known}");
        }

        if (offsets.Count != 2 || offsets[0] > offsets[1] || offsets[1] > dataBytes)
        {
            throw Invalid(
                $"{label}: data_offsets [{string.Join(", ", offsets)}] are no range within the file's {dataBytes} bytes of data"
            );
        }

        var bytes = (UInt128)dtype.Size();
        foreach (var dimension in shape)
        {
            bytes *= (UInt128)dimension;
            if (dimension > int.MaxValue || bytes > long.MaxValue)
            {
                throw Invalid($"{label}: shape [{string.Join(", ", shape)}] is too large");
            }
        }

        if (bytes != (UInt128)(offsets[1] - offsets[0]))
        {
            throw Invalid(
                $"{label}: {dtypeName} with shape [{string.Join(", ", shape)}] takes {bytes} bytes, but its data_offsets span {offsets[1] - offsets[0]}"
            );
        }

        return new Entry(new TensorInfo(name, dtype, [.. shape.Select(dimension => (int)dimension)]), offsets[0]);
    }

    private void CheckCoverage()
    {
        var sorted = Entries.Values.OrderBy(entry => entry.Start).ThenBy(entry => entry.End).ToArray();
        var end = 0L;
        foreach (var entry in sorted)
        {
            if (entry.Start != end)
            {
                var fault = entry.Start < end ? "overlaps the tensor before it" : "leaves a hole before it";
                throw Invalid($"tensor '{entry.Info.Name}': data starts at {entry.Start} and {fault}");
            }

            end = entry.End;
        }

        if (end != dataBytes)
        {
            throw Invalid($"describes {end} bytes of data, but the file has {dataBytes}");
        }

        Entries = new(sorted.Select(entry => KeyValuePair.Create(entry.Info.Name, entry)), StringComparer.Ordinal);
    }

    private InvalidFileException Invalid(string problem, Exception? inner = null) =>
        new(path, $"safetensors header: {problem}", inner);

    /// <param name="Info">Name, type and shape.</param>
    /// <param name="Start">First byte, counted from the end of the header.</param>
    internal sealed record Entry(TensorInfo Info, long Start)
    {
        public long End => Start + Info.Bytes;
    }
}
