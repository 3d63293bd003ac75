using System.Text;
using Google.Protobuf;
using Luthier.Formats;

namespace Luthier.Text.SentencePiece;

/// <summary>What a piece is; the values are those of the file.</summary>
internal enum PieceType
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>A piece of the vocabulary; its id is its place.</summary>
internal readonly record struct Piece(string Text, float Score, PieceType Type);

/// <summary>The options of normalization.</summary>
internal sealed class NormalizerSpec
{
    public byte[] Charsmap { get; set; } = [];
    public bool AddDummyPrefix { get; set; } = true;
    public bool RemoveExtraWhitespaces { get; set; } = true;
    public bool EscapeWhitespaces { get; set; } = true;
}

/// <summary>The fields of a tokenizer.model that matter here, read from its protocol buffer.</summary>
internal sealed class SentencePieceProto
{
    public const int ModelTypeUnigram = 1;
    public const int ModelTypeBpe = 2;

    public List<Piece> Pieces { get; } = [];
    public NormalizerSpec Normalizer { get; } = new();
    public int ModelType { get; set; } = ModelTypeUnigram;
    public bool ByteFallback { get; set; }
    public bool WhitespaceAsSuffix { get; private set; }
    public int BosId { get; private set; } = 1;
    public int EosId { get; private set; } = 2;
    public int PadId { get; private set; } = -1;
    public string UnknownSurface { get; private set; } = " ⁇ ";

    /// <summary>Whether decoded text would need a character map of its own.</summary>
    public bool HasDenormalizer { get; private set; }

    /// <exception cref="InvalidFileException">The file is not a SentencePiece model.</exception>
    public static SentencePieceProto Read(string path, byte[] bytes)
    {
        var proto = new SentencePieceProto();
        try
        {
            ForEachField(
                bytes,
                (input, field) =>
                {
                    switch (field)
                    {
                        case 1:
                            proto.Pieces.Add(ReadPiece(input.ReadBytes()));
                            return true;
                        case 2:
                            ForEachField(input.ReadBytes(), proto.ReadTrainerField);
                            return true;
                        case 3:
                            ForEachField(input.ReadBytes(), proto.ReadNormalizerField);
                            return true;
                        case 5:
                            ForEachField(input.ReadBytes(), proto.ReadDenormalizerField);
                            return true;
                        default:
                            return false;
                    }
                }
            );
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or DecoderFallbackException)
        {
            throw new InvalidFileException(
                path,
                $"is not a SentencePiece model: piece {proto.Pieces.Count} or what follows it can't be read",
                e
            );
        }

        return proto;
    }

    private static Piece ReadPiece(ByteString bytes)
    {
        var (text, score, type) = ("", 0f, PieceType.Normal);
        ForEachField(
            bytes,
            (input, field) =>
            {
                switch (field)
                {
                    case 1:
                        text = ReadText(input);
                        return true;
                    case 2:
                        score = input.ReadFloat();
                        return true;
                    case 3:
                        type = (PieceType)input.ReadEnum();
                        return true;
                    default:
                        return false;
                }
            }
        );
        return new Piece(text, score, type);
    }

    private bool ReadTrainerField(CodedInputStream input, int field)
    {
        switch (field)
        {
            case 3:
                ModelType = input.ReadEnum();
                return true;
            case 24:
                WhitespaceAsSuffix = input.ReadBool();
                return true;
            case 35:
                ByteFallback = input.ReadBool();
                return true;
            case 41:
                BosId = input.ReadInt32();
                return true;
            case 42:
                EosId = input.ReadInt32();
                return true;
            case 43:
                PadId = input.ReadInt32();
                return true;
            case 44:
                UnknownSurface = ReadText(input);
                return true;
            default:
                return false;
        }
    }

    private bool ReadNormalizerField(CodedInputStream input, int field)
    {
        switch (field)
        {
            case 2:
                Normalizer.Charsmap = input.ReadBytes().ToByteArray();
                return true;
            case 3:
                Normalizer.AddDummyPrefix = input.ReadBool();
                return true;
            case 4:
                Normalizer.RemoveExtraWhitespaces = input.ReadBool();
                return true;
            case 5:
                Normalizer.EscapeWhitespaces = input.ReadBool();
                return true;
            default:
                return false;
        }
    }

    private bool ReadDenormalizerField(CodedInputStream input, int field)
    {
        if (field != 2)
        {
            return false;
        }

        HasDenormalizer = input.ReadBytes().Length > 0;
        return true;
    }

    private static string ReadText(CodedInputStream input) => Utf8.GetString(input.ReadBytes().Span);

    private static void ForEachField(ByteString bytes, Func<CodedInputStream, int, bool> read) =>
        ForEachField(bytes.ToByteArray(), read);

    /// <summary>Calls a reader with each field's number; what it refuses by returning false is skipped.</summary>
    private static void ForEachField(byte[] bytes, Func<CodedInputStream, int, bool> read)
    {
        using var input = new CodedInputStream(bytes);
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (!read(input, WireFormat.GetTagFieldNumber(tag)))
            {
                input.SkipLastField();
            }
        }
    }

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
