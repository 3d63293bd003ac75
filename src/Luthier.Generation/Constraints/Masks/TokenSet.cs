using System.Numerics;
using System.Runtime.Intrinsics;
using Luthier.Generation.Sampling;

namespace Luthier.Generation.Constraints.Masks;

/// <summary>Tokens that may follow: as a list where they are few, otherwise a bit per token. It doesn't change.</summary>
internal sealed class TokenSet
{
    private const int WordBits = 64;

    /// <summary>A list is chosen for at most one token in so many.</summary>
    private const int FewShare = 64;

    private readonly int[]? few;
    private readonly ulong[]? bits;

    private TokenSet(int[]? few, ulong[]? bits) => (this.few, this.bits) = (few, bits);

    public bool IsEmpty => few is { Length: 0 };

    /// <summary>Memory that it takes, about.</summary>
    public long Bytes => 64 + (4L * (few?.Length ?? 0)) + (8L * (bits?.Length ?? 0));

    public static int WordCount(int vocabularySize) => (vocabularySize + WordBits - 1) / WordBits;

    public static TokenSet Of(ReadOnlySpan<ulong> words)
    {
        var count = 0;
        foreach (var word in words)
        {
            count += BitOperations.PopCount(word);
        }

        if (count > words.Length * WordBits / FewShare)
        {
            return new TokenSet(null, words.ToArray());
        }

        var tokens = new int[count];
        for (int i = 0, place = 0; i < words.Length; i++)
        {
            for (var word = words[i]; word != 0; word &= word - 1)
            {
                tokens[place++] = (i * WordBits) + BitOperations.TrailingZeroCount(word);
            }
        }

        return new TokenSet(tokens, null);
    }

    public void AddTo(Span<ulong> words)
    {
        foreach (var token in few ?? [])
        {
            words[token / WordBits] |= 1UL << (token % WordBits);
        }

        for (var i = 0; i < bits?.Length; i++)
        {
            words[i] |= bits[i];
        }
    }

    /// <summary>Makes the logits of all other tokens −∞.</summary>
    public void Mask(Span<float> logits)
    {
        if (bits is not null)
        {
            MaskByBits(logits, bits);
            return;
        }

        var scratch = SamplingScratch.OfThread.Row(few!.Length);
        for (var i = 0; i < few.Length; i++)
        {
            scratch[i] = few[i] < logits.Length ? logits[few[i]] : 0;
        }

        logits.Fill(float.NegativeInfinity);
        for (var i = 0; i < few.Length; i++)
        {
            if (few[i] < logits.Length)
            {
                logits[few[i]] = scratch[i];
            }
        }
    }

    private static void MaskByBits(Span<float> logits, ReadOnlySpan<ulong> bits)
    {
        for (var word = 0; word * WordBits < logits.Length; word++)
        {
            var part = logits[(word * WordBits)..];
            part = part[..Math.Min(WordBits, part.Length)];
            var allowed = word < bits.Length ? bits[word] : 0;
            if (allowed == 0)
            {
                part.Fill(float.NegativeInfinity);
            }
            else if (allowed != ulong.MaxValue)
            {
                Mask(part, allowed);
            }
        }
    }

    private static void Mask(Span<float> logits, ulong allowed)
    {
        var lanes = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        var never = Vector256.Create(float.NegativeInfinity);
        var i = 0;
        for (; i + 8 <= logits.Length; i += 8)
        {
            var isAllowed = Vector256.Equals(Vector256.Create((int)(byte)(allowed >> i)) & lanes, lanes);
            var part = Vector256.Create<float>(logits[i..]);
            Vector256.ConditionalSelect(isAllowed.AsSingle(), part, never).CopyTo(logits[i..]);
        }

        for (; i < logits.Length; i++)
        {
            logits[i] = ((allowed >> i) & 1) == 0 ? float.NegativeInfinity : logits[i];
        }
    }
}
