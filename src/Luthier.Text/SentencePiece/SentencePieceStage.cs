using Luthier.Text.Decoding;

namespace Luthier.Text.SentencePiece;

/// <summary>
/// SentencePiece's way from pieces to text: bytes are joined, marks become spaces, and those that normalization put
/// before the text go.
/// </summary>
internal sealed class SentencePieceStage : TokenStage
{
    private readonly Utf8Assembler bytes = new(replaceEachByte: true);
    private readonly bool stripsMark;
    private readonly bool stripsAllMarks;
    private readonly string unknownPiece;
    private readonly string unknownSurface;
    private bool atStart = true;

    public SentencePieceStage(DecoderStage next, SentencePieceProto proto, int unknownId)
        : base(next)
    {
        stripsMark = proto.Normalizer.AddDummyPrefix || proto.Normalizer.RemoveExtraWhitespaces;
        stripsAllMarks = proto.Normalizer.RemoveExtraWhitespaces;
        unknownPiece = proto.Pieces[unknownId].Text;
        unknownSurface = proto.UnknownSurface;
    }

    public override void End()
    {
        Pass(bytes.Take(atEnd: true));
        base.End();
    }

    protected override void OnToken(string token, int index)
    {
        var value = ByteTokens.ByteOf(token);
        if (value >= 0)
        {
            atStart = false;
            bytes.Add((byte)value);
            Pass(bytes.Take(atEnd: false));
            return;
        }

        Next.Write(bytes.Take(atEnd: true));
        if (string.Equals(token, unknownPiece, StringComparison.Ordinal))
        {
            atStart = false;
            Pass(unknownSurface);
            return;
        }

        if (atStart && stripsMark && token is [SentencePieceNormalizer.Mark, ..])
        {
            token = token[1..];
            atStart = stripsAllMarks && token.Length == 0;
        }
        else
        {
            atStart = false;
        }

        Pass(token.Replace(SentencePieceNormalizer.Mark, ' '));
    }
}
