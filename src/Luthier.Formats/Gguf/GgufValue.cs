using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Luthier.Tensors.Memory;

namespace Luthier.Formats.Gguf;

/// <summary>
/// A metadata value of a GGUF file, under its key, so that every complaint names both. A value that was read is a view
/// of the mapped file, parsed when it is asked for, and valid until the file is disposed.
/// </summary>
public sealed partial class GgufValue
{
    private const int ShownCharacters = 40;

    private static readonly UTF8Encoding StrictUtf8 = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    private readonly string source;
    private readonly MappedFile? file;
    private readonly long offset;
    private readonly byte[] encoded = [];
    private readonly int rawBytes;

    /// <summary>A value of an open file.</summary>
    internal GgufValue(
        MappedFile file,
        string key,
        GgufType type,
        GgufType? itemType,
        int count,
        long offset,
        int length
    )
    {
        this.file = file;
        this.offset = offset;
        rawBytes = length;
        source = file.Path;
        (Key, Type, ItemType, Count) = (key, type, itemType, count);
    }

    private GgufValue(string key, GgufType type, GgufType? itemType, int count, byte[] encoded)
    {
        this.encoded = encoded;
        source = "metadata";
        (Key, Type, ItemType, Count) = (key, type, itemType, count);
    }

    /// <summary>Such as <c>general.architecture</c>.</summary>
    public string Key { get; }

    public GgufType Type { get; }

    /// <summary>What a list holds; null where the value is none.</summary>
    public GgufType? ItemType { get; }

    /// <summary>Items of a list; 1 where the value is none.</summary>
    public int Count { get; }

    /// <summary>The value as the file has it: of a list, its items without their type and number.</summary>
    internal ReadOnlySpan<byte> Raw => file is null ? encoded : file.Span(offset, rawBytes);

    public string AsString() => Type == GgufType.Text ? ReadText(Raw, out _, 0) : throw Expected("a string");

    public bool AsBoolean() => Type == GgufType.Bool ? Raw[0] != 0 : throw Expected("true or false");

    /// <summary>An integer of any width within a range, both ends included.</summary>
    public int AsInt32(int minimum = int.MinValue, int maximum = int.MaxValue) =>
        ToInt64(Type, Raw) is { } value && value >= minimum && value <= maximum
            ? (int)value
            : throw Expected(
                (minimum, maximum) switch
                {
                    (int.MinValue, int.MaxValue) => "an integer of 32 bits",
                    (_, int.MaxValue) => $"an integer of {minimum} or more",
                    _ => $"an integer from {minimum} to {maximum}",
                }
            );

    /// <summary>Any number.</summary>
    public double AsDouble() => ToDouble(Type, Raw) ?? throw Expected("a number");

    /// <summary>A list of strings.</summary>
    public string[] AsStrings()
    {
        CheckItems(ItemType == GgufType.Text, "strings");
        var strings = new string[Count];
        var rest = Raw;
        for (var i = 0; i < strings.Length; i++)
        {
            strings[i] = ReadText(rest, out var taken, i);
            rest = rest[taken..];
        }

        return strings;
    }

    /// <summary>A list of integers of any width that fit into 32 bits.</summary>
    public int[] AsInt32s() =>
        Items<int>(
            "integers of 32 bits",
            (type, item) => ToInt64(type, item) is { } value and >= int.MinValue and <= int.MaxValue ? (int)value : null
        );

    /// <summary>A list of numbers.</summary>
    public float[] AsSingles() => Items<float>("numbers", (type, item) => (float?)ToDouble(type, item));

    /// <summary>A list of truth values.</summary>
    public bool[] AsBooleans() =>
        Items<bool>("truth values", (type, item) => type == GgufType.Bool ? item[0] != 0 : (bool?)null);

    /// <summary>The complaint that this value is not <paramref name="expectation"/>; for the caller to throw.</summary>
    public InvalidFileException Expected(string expectation) => Invalid($"expected {expectation}, found {Describe()}");

    /// <summary>The complaint that this value has <paramref name="problem"/>; for the caller to throw.</summary>
    public InvalidFileException Invalid(string problem) => new(source, $"metadata {Key}: {problem}");

    /// <summary>The value for people; of a list, its length.</summary>
    public string Describe()
    {
        if (ItemType is { } item)
        {
            return $"a list of {Count} {item}";
        }

        if (Type == GgufType.Text)
        {
            var text = Encoding.UTF8.GetString(Raw[sizeof(ulong)..]);
            return $"\"{(text.Length > ShownCharacters ? $"{text[..ShownCharacters]}…" : text)}\"";
        }

        return Type == GgufType.Bool
            ? (Raw[0] != 0 ? "true" : "false")
            : ToInt64(Type, Raw)?.ToString(CultureInfo.InvariantCulture)
                ?? AsDouble().ToString(CultureInfo.InvariantCulture);
    }

    private delegate T? ItemReader<T>(GgufType type, ReadOnlySpan<byte> item)
        where T : struct;

    private T[] Items<T>(string expected, ItemReader<T> read)
        where T : struct
    {
        var type = ItemType ?? Type;
        CheckItems(type.Size() > 0, expected);
        var items = new T[Count];
        var raw = Raw;
        for (var i = 0; i < items.Length; i++)
        {
            items[i] =
                read(type, raw.Slice(i * type.Size(), type.Size()))
                ?? throw Invalid($"expected a list of {expected}, but item {i} is none");
        }

        return items;
    }

    private void CheckItems(bool fits, string expected)
    {
        if (ItemType is null || !fits)
        {
            throw Expected($"a list of {expected}");
        }
    }

    // A length and as many bytes; what the reader has checked.
    private string ReadText(ReadOnlySpan<byte> from, out int taken, int index)
    {
        var text = from.Slice(sizeof(ulong), (int)BinaryPrimitives.ReadUInt64LittleEndian(from));
        taken = sizeof(ulong) + text.Length;
        try
        {
            return StrictUtf8.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            throw Invalid(ItemType is null ? "is not valid UTF-8" : $"item {index} is not valid UTF-8");
        }
    }

    private static long? ToInt64(GgufType type, ReadOnlySpan<byte> value) =>
        type switch
        {
            GgufType.UInt8 => value[0],
            GgufType.Int8 => (sbyte)value[0],
            GgufType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(value),
            GgufType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(value),
            GgufType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(value),
            GgufType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(value),
            GgufType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(value),
            GgufType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(value) is var wide and <= long.MaxValue
                ? (long)wide
                : long.MaxValue,
            _ => null,
        };

    private static double? ToDouble(GgufType type, ReadOnlySpan<byte> value) =>
        type switch
        {
            GgufType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(value),
            GgufType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(value),
            _ => ToInt64(type, value),
        };
}
