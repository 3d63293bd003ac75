using System.Text;
using Luthier.Text.Normalization;
using Luthier.Text.Splitting;

namespace Luthier.Text.Decoding;

/// <summary>Separates tokens by spaces: what a tokenizer without a decoder does.</summary>
internal sealed class JoinStage(DecoderStage next) : TokenStage(next)
{
    protected override void OnToken(string token, int index) => Pass(index == 0 ? token : " " + token);
}

/// <summary>Makes one token of all.</summary>
internal sealed class FuseStage(DecoderStage next) : DecoderStage
{
    public override void Write(string text) => next.Write(text);

    public override void EndToken() { }

    public override void End()
    {
        next.EndToken();
        next.End();
    }
}

/// <summary>Replaces the matches of a pattern in each token.</summary>
internal sealed class ReplaceStage(DecoderStage next, Normalizer replacer) : TokenStage(next)
{
    protected override void OnToken(string token, int index) => Pass(replacer.Normalize(token));
}

/// <summary>Replaces one character by a string; unlike <see cref="ReplaceStage"/> it needs no whole token.</summary>
internal sealed class ReplaceCharacterStage(DecoderStage next, char from, string to) : DecoderStage
{
    private readonly string sought = from.ToString();

    public override void Write(string text) => next.Write(text.Replace(sought, to, StringComparison.Ordinal));

    public override void EndToken() => next.EndToken();

    public override void End() => next.End();
}

/// <summary>Turns characters of the byte alphabet back into the bytes and these into text, as one token.</summary>
internal sealed class ByteLevelStage(DecoderStage next) : TokenStage(next)
{
    private readonly Utf8Assembler assembler = new(replaceEachByte: false);

    public override void End()
    {
        Next.Write(assembler.Take(atEnd: true));
        Next.EndToken();
        base.End();
    }

    protected override void OnToken(string token, int index)
    {
        if (IsOfBytes(token))
        {
            foreach (var c in token)
            {
                assembler.Add((byte)ByteAlphabet.ByteOf(c));
            }
        }
        else
        {
            // No such token comes from a model over bytes.
            assembler.Add(Encoding.UTF8.GetBytes(token));
        }

        Next.Write(assembler.Take(atEnd: false));
    }

    private static bool IsOfBytes(string token)
    {
        foreach (var c in token)
        {
            if (ByteAlphabet.ByteOf(c) < 0)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>
/// Joins runs of byte tokens into text. A run that is not valid UTF-8 becomes one U+FFFD a byte, so it is passed on only
/// when it is over.
/// </summary>
internal sealed class ByteFallbackStage(DecoderStage next) : TokenStage(next)
{
    private readonly List<byte> byteRun = [];

    public override void End()
    {
        PassRun();
        base.End();
    }

    protected override void OnToken(string token, int index)
    {
        var value = ByteTokens.ByteOf(token);
        if (value >= 0)
        {
            byteRun.Add((byte)value);
            return;
        }

        PassRun();
        Pass(token);
    }

    private void PassRun()
    {
        if (byteRun.Count == 0)
        {
            return;
        }

        byte[] bytes = [.. byteRun];
        byteRun.Clear();
        Pass(
            System.Text.Unicode.Utf8.IsValid(bytes)
                ? Encoding.UTF8.GetString(bytes)
                : new string('\uFFFD', bytes.Length)
        );
    }
}

/// <summary>Removes up to so many of a character from each end of a token.</summary>
internal sealed class StripStage(DecoderStage next, char content, int start, int stop) : DecoderStage
{
    private readonly int atStart = start;
    private readonly int atEnd = stop;
    private int leftAtStart = start;
    private int held;

    public override void Write(string text)
    {
        var skipped = 0;
        while (leftAtStart > 0 && skipped < text.Length)
        {
            leftAtStart = text[skipped] == content ? leftAtStart - 1 : 0;
            skipped += text[skipped] == content ? 1 : 0;
        }

        text = text[skipped..];
        if (atEnd == 0)
        {
            next.Write(text);
            return;
        }

        // The last characters, if they may have to go, wait for what follows.
        var kept = text.AsSpan().TrimEnd(content).Length;
        if (kept > 0)
        {
            next.Write(new string(content, held) + text[..kept]);
            held = 0;
        }

        held += text.Length - kept;
        if (held > atEnd)
        {
            next.Write(new string(content, held - atEnd));
            held = atEnd;
        }
    }

    public override void EndToken()
    {
        (leftAtStart, held) = (atStart, 0);
        next.EndToken();
    }

    public override void End() => next.End();
}

/// <summary>Turns the replacement character back into spaces, without the one put before the first token.</summary>
internal sealed class MetaspaceStage(DecoderStage next, char replacement, bool prepended) : TokenStage(next)
{
    protected override void OnToken(string token, int index)
    {
        if (index == 0 && prepended && token.StartsWith(replacement))
        {
            token = token[1..];
        }

        Pass(token.Replace(replacement, ' '));
    }
}

/// <summary>Joins word pieces: a piece with the prefix goes on the word before it.</summary>
internal sealed class WordPieceStage(DecoderStage next, string prefix, bool cleanUp) : TokenStage(next)
{
    private static readonly (string From, string To)[] Repairs =
    [
        (" .", "."),
        (" ?", "?"),
        (" !", "!"),
        (" ,", ","),
        (" ' ", "'"),
        (" n't", "n't"),
        (" 'm", "'m"),
        (" do not", " don't"),
        (" 's", "'s"),
        (" 've", "'ve"),
        (" 're", "'re"),
    ];

    protected override void OnToken(string token, int index)
    {
        if (index > 0)
        {
            token = token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
        }

        foreach (var (from, to) in cleanUp ? Repairs : [])
        {
            token = token.Replace(from, to, StringComparison.Ordinal);
        }

        Pass(token);
    }
}
