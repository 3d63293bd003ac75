using System.Text;

namespace Luthier.Text.Tests.Reference;

/// <summary>The vocabulary and merges of a GGUF file, the one form in which some reference vocabularies are there.</summary>
internal sealed class GgufVocabulary
{
    public List<string> Tokens { get; } = [];

    /// <summary>3 is a control token, 4 a user-defined one.</summary>
    public List<int> TokenTypes { get; } = [];

    public List<string> Merges { get; } = [];

    public static GgufVocabulary Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path), Encoding.UTF8);
        reader.ReadUInt32().ShouldBe(0x46554747u);
        reader.ReadUInt32();
        reader.ReadUInt64();
        var vocabulary = new GgufVocabulary();
        for (var left = reader.ReadUInt64(); left > 0; left--)
        {
            var key = ReadString(reader);
            var values = ReadValue(reader, reader.ReadInt32());
            switch (key)
            {
                case "tokenizer.ggml.tokens":
                    vocabulary.Tokens.AddRange(values.Cast<string>());
                    break;
                case "tokenizer.ggml.token_type":
                    vocabulary.TokenTypes.AddRange(values.Cast<int>());
                    break;
                case "tokenizer.ggml.merges":
                    vocabulary.Merges.AddRange(values.Cast<string>());
                    break;
            }
        }

        return vocabulary;
    }

    private static object[] ReadValue(BinaryReader reader, int type)
    {
        if (type != 9)
        {
            return [ReadScalar(reader, type)];
        }

        var itemType = reader.ReadInt32();
        var items = new object[checked((int)reader.ReadUInt64())];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = ReadScalar(reader, itemType);
        }

        return items;
    }

    private static object ReadScalar(BinaryReader reader, int type) =>
        type switch
        {
            0 or 1 or 7 => (object)reader.ReadByte(),
            2 or 3 => reader.ReadInt16(),
            4 or 5 => reader.ReadInt32(),
            6 => reader.ReadSingle(),
            8 => ReadString(reader),
            10 or 11 => reader.ReadInt64(),
            12 => reader.ReadDouble(),
            _ => throw new InvalidDataException($"Type {type}"),
        };

    private static string ReadString(BinaryReader reader) =>
        Encoding.UTF8.GetString(reader.ReadBytes(checked((int)reader.ReadUInt64())));
}
