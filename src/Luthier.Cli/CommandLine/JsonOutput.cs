using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Luthier.Cli.CommandLine;

/// <summary>Writes what <c>--json</c> asks for: one object on one line, text readable as it is.</summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(TextWriter output, Action<Utf8JsonWriter> writeMembers)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Options))
        {
            writer.WriteStartObject();
            writeMembers(writer);
            writer.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length));
    }

    public static void WriteArray<T>(
        Utf8JsonWriter writer,
        string name,
        IEnumerable<T> values,
        Action<Utf8JsonWriter, T> writeValue
    )
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
        {
            writeValue(writer, value);
        }

        writer.WriteEndArray();
    }
}
