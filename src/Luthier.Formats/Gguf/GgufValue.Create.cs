using System.Buffers;
using System.Buffers.Binary;

namespace Luthier.Formats.Gguf;

public sealed partial class GgufValue
{
    public static GgufValue Of(string key, string value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        WriteText(bytes, value);
        return new(key, GgufType.Text, null, 1, bytes.WrittenSpan.ToArray());
    }

    public static GgufValue Of(string key, bool value) => new(key, GgufType.Bool, null, 1, [value ? (byte)1 : (byte)0]);

    /// <summary>An unsigned integer of 32 bits, as which readers expect sizes and ids.</summary>
    public static GgufValue Of(string key, int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return new(key, GgufType.UInt32, null, 1, bytes);
    }

    public static GgufValue Of(string key, float value)
    {
        var bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        return new(key, GgufType.Float32, null, 1, bytes);
    }

    public static GgufValue Of(string key, IReadOnlyCollection<string> values)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var value in values)
        {
            WriteText(bytes, value);
        }

        return new(key, GgufType.Array, GgufType.Text, values.Count, bytes.WrittenSpan.ToArray());
    }

    public static GgufValue Of(string key, ReadOnlySpan<int> values)
    {
        var bytes = new byte[values.Length * sizeof(int)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), values[i]);
        }

        return new(key, GgufType.Array, GgufType.Int32, values.Length, bytes);
    }

    public static GgufValue Of(string key, ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        return new(key, GgufType.Array, GgufType.Float32, values.Length, bytes);
    }

    /// <summary>A length and the text in UTF-8.</summary>
    internal static void WriteText(IBufferWriter<byte> target, string text)
    {
        var length = StrictUtf8.GetByteCount(text);
        BinaryPrimitives.WriteUInt64LittleEndian(target.GetSpan(sizeof(ulong)), (ulong)length);
        target.Advance(sizeof(ulong));
        target.Advance(StrictUtf8.GetBytes(text, target.GetSpan(length)));
    }
}
