using Luthier.Formats;
using Luthier.Formats.Gguf;
using Luthier.Text.AddedTokens;
using Luthier.Text.SentencePiece;

namespace Luthier.Text.Gguf;

/// <summary>The vocabulary of a GGUF file: each token's text and type, by id. Types are SentencePiece's.</summary>
internal sealed class GgufTokens
{
    private readonly int[]? types;

    private GgufTokens(string[] texts, int[]? types)
    {
        Texts = texts;
        this.types = types;
    }

    public string[] Texts { get; }

    /// <exception cref="InvalidFileException">There are no tokens, or not as many types.</exception>
    public static GgufTokens Read(GgufFile file)
    {
        var texts = file[GgufKeys.Tokens].AsStrings();
        if (texts.Length == 0)
        {
            throw file[GgufKeys.Tokens].Expected("at least one token");
        }

        if (file.Find(GgufKeys.TokenTypes) is not { } stated)
        {
            return new GgufTokens(texts, types: null);
        }

        var read = stated.AsInt32s();
        return read.Length == texts.Length
            ? new GgufTokens(texts, read)
            : throw stated.Invalid($"has {read.Length} types for {texts.Length} tokens");
    }

    public PieceType TypeOf(int id) => types is null ? PieceType.Normal : (PieceType)types[id];

    /// <summary>The type by which SentencePiece's algorithm sees a token: added ones are sought before it.</summary>
    public PieceType PieceTypeOf(int id) =>
        TypeOf(id) switch
        {
            PieceType.UserDefined => PieceType.Normal,
            PieceType.Normal when Texts[id].Length == 0 => PieceType.Control,
            var type => type,
        };

    /// <summary>The id of the token with a role, or null.</summary>
    public int? Id(GgufFile file, string role) => file.Find(GgufKeys.IdOf(role))?.AsInt32(0, Texts.Length - 1);

    /// <summary>The tokens that are found in text before anything else looks at it.</summary>
    public List<AddedToken> Added()
    {
        var added = new List<AddedToken>();
        for (var id = 0; id < Texts.Length; id++)
        {
            var type = TypeOf(id);
            if (type is PieceType.Control or PieceType.UserDefined or PieceType.Unknown && Texts[id].Length > 0)
            {
                added.Add(new AddedToken(Texts[id], id, Special: type != PieceType.UserDefined));
            }
        }

        return added;
    }
}
