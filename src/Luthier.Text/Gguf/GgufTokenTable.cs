using System.Globalization;
using Luthier.Formats;
using Luthier.Formats.Gguf;
using Luthier.Text.AddedTokens;
using Luthier.Text.SentencePiece;

namespace Luthier.Text.Gguf;

/// <summary>Text, score and type of each token of a file to be written.</summary>
/// <param name="path">What is written, for messages.</param>
/// <param name="size">Tokens that there must be.</param>
internal sealed class GgufTokenTable(string path, int size)
{
    // What other writers give tokens that no merge makes.
    private const float AddedScore = -1000;
    private const float UnusedScore = -10000;

    private readonly string?[] texts = new string?[size];
    private readonly float[] scores = new float[size];
    private readonly int[] types = new int[size];

    public void Set(int id, string text, float score, PieceType type)
    {
        if ((uint)id >= (uint)size)
        {
            throw new InvalidFileException(path, $"has a token '{text}' of id {id}, but the model has only {size}");
        }

        texts[id] = text;
        scores[id] = score;
        types[id] = (int)type;
    }

    /// <summary>Notes that a token is sought before anything else; it may be known already.</summary>
    public void SetAdded(AddedToken token)
    {
        var isKnown = (uint)token.Id < (uint)size && texts[token.Id] is not null;
        if (isKnown && (PieceType)types[token.Id] is PieceType.Unknown or PieceType.Byte)
        {
            return;
        }

        var score = isKnown ? scores[token.Id] : AddedScore;
        Set(token.Id, token.Content, score, token.Special ? PieceType.Control : PieceType.UserDefined);
    }

    /// <summary>The metadata; ids without a token get one that no text has.</summary>
    public IEnumerable<GgufValue> Values()
    {
        for (var id = 0; id < size; id++)
        {
            if (texts[id] is null)
            {
                Set(id, string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]"), UnusedScore, PieceType.Unused);
            }
        }

        return
        [
            GgufValue.Of(GgufKeys.Tokens, texts!),
            GgufValue.Of(GgufKeys.Scores, (ReadOnlySpan<float>)scores),
            GgufValue.Of(GgufKeys.TokenTypes, (ReadOnlySpan<int>)types),
        ];
    }
}
