using System.Text;
using Luthier.Text.Decoding;
using Luthier.Text.Loading;
using Luthier.Text.Splitting;

namespace Luthier.Text;

/// <summary>Finds out which bytes a token adds to a text that it goes on.</summary>
internal sealed class TokenBytes
{
    private readonly Tokenizer tokenizer;
    private readonly TokenizerParts parts;
    private readonly bool hasByteTokens;
    private readonly int before;

    public TokenBytes(Tokenizer tokenizer, TokenizerParts parts)
    {
        this.tokenizer = tokenizer;
        this.parts = parts;
        hasByteTokens =
            !parts.DecodesByteAlphabet
            && tokenizer.IdOf(ByteTokens.NameOf((byte)'A')) is { } id
            && string.Equals(tokenizer.Decode([id]), "A", StringComparison.Ordinal);
        before = parts.DecodesByteAlphabet ? -1 : FindWord();
    }

    /// <param name="text">The token as decoders expect it.</param>
    public byte[]? Of(int id, string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (parts.DecodesByteAlphabet)
        {
            return text.All(c => ByteAlphabet.ByteOf(c) >= 0)
                ? [.. text.Select(c => (byte)ByteAlphabet.ByteOf(c))]
                : Encoding.UTF8.GetBytes(text);
        }

        return hasByteTokens && ByteTokens.ByteOf(text) is >= 0 and var value
            ? [(byte)value]
            : Encoding.UTF8.GetBytes(DecodeAfterWord(id));
    }

    /// <summary>The first token makes a difference to what follows: at the start of a text a space may go.</summary>
    private string DecodeAfterWord(int id)
    {
        var collector = new TextCollector();
        var stage = parts.Decoder(collector);
        if (before >= 0)
        {
            tokenizer.Write(before, skipSpecialTokens: false, stage);
            collector.Take();
        }

        tokenizer.Write(id, skipSpecialTokens: false, stage);
        return collector.Take();
    }

    /// <summary>A token that is a letter or digit by itself, not by its byte, which waits for what follows; or -1.</summary>
    private int FindWord()
    {
        for (var id = 0; id < tokenizer.VocabularySize; id++)
        {
            if (
                !tokenizer.IsSpecial(id)
                && ByteTokens.ByteOf(tokenizer.TokenOf(id)) < 0
                && tokenizer.Decode([id]) is [var c]
                && char.IsAsciiLetterOrDigit(c)
            )
            {
                return id;
            }
        }

        return -1;
    }
}
