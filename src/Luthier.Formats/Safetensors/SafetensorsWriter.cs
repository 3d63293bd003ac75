using System.Buffers.Binary;
using System.Text;
using Luthier.Formats.Files;
using Luthier.Formats.Json;
using Luthier.Tensors;

namespace Luthier.Formats.Safetensors;

/// <summary>Writes safetensors files that equal those of the official serializer byte for byte.</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;
    private static readonly UTF8Encoding StrictUtf8 = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    /// <summary>The metadata that Transformers and PEFT write, and that Transformers asks for when it loads.</summary>
    public static IReadOnlyDictionary<string, string> PyTorchMetadata { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" };

    /// <summary>Writes a file beside <paramref name="path"/> and renames it into place.</summary>
    public static void Write(
        string path,
        IEnumerable<(string Name, Tensor Tensor)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null
    )
    {
        var sources = tensors.Select(item => TensorSource.From(item.Name, item.Tensor)).ToArray();
        AtomicFile.Write(path, stream => Write(stream, sources, metadata));
    }

    /// <summary>Writes header and data. A tensor's data is asked for when its turn has come, in the file's order.</summary>
    /// <exception cref="ArgumentException">Two tensors have one name.</exception>
    public static void Write(
        Stream stream,
        IReadOnlyCollection<TensorSource> tensors,
        IReadOnlyDictionary<string, string>? metadata = null
    )
    {
        var sorted = tensors
            .OrderByDescending(item => SafetensorsDType.Rank(item.Info.DType))
            .ThenBy(item => item.Info.Name, CodePointComparer.Instance)
            .ToArray();
        var header = StrictUtf8.GetBytes(Header(sorted, metadata));
        var padding = -header.Length & (Alignment - 1);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)(header.Length + padding));
        stream.Write(length);
        stream.Write(header);
        stream.Write("        "u8[..padding]);
        foreach (var source in sorted)
        {
            source.CopyTo(stream);
        }
    }

    private static string Header(TensorSource[] sorted, IReadOnlyDictionary<string, string>? metadata)
    {
        var text = new StringBuilder("{");
        if (metadata is not null)
        {
            text.Append("\"__metadata__\":{");
            foreach (var (key, value) in metadata)
            {
                Separate(text);
                JsonText.AppendString(text, key, ascii: false);
                text.Append(':');
                JsonText.AppendString(text, value, ascii: false);
            }

            text.Append('}');
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        var offset = 0L;
        foreach (var (info, _) in sorted)
        {
            if (!names.Add(info.Name))
            {
                throw new ArgumentException($"two tensors are named '{info.Name}'", nameof(sorted));
            }

            Separate(text);
            JsonText.AppendString(text, info.Name, ascii: false);
            text.Append(":{\"dtype\":\"").Append(SafetensorsDType.Name(info.DType)).Append("\",\"shape\":[");
            text.AppendJoin(',', info.Shape);
            text.Append("],\"data_offsets\":[").Append(offset).Append(',').Append(offset + info.Bytes).Append("]}");
            offset = checked(offset + info.Bytes);
        }

        return text.Append('}').ToString();
    }

    private static void Separate(StringBuilder text)
    {
        if (text[^1] != '{')
        {
            text.Append(',');
        }
    }
}
