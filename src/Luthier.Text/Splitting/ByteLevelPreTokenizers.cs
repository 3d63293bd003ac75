using System.Text;

namespace Luthier.Text.Splitting;

/// <summary>Puts a space before a stretch of text that does not begin with one.</summary>
internal sealed class PrefixSpacePreTokenizer : PreTokenizer
{
    public override void Split(in Segment segment, List<Segment> output)
    {
        if (segment.Span[0] == ' ')
        {
            output.Add(segment);
            return;
        }

        var text = string.Concat(" ", segment.Span);
        output.Add(new Segment(text, 0, text.Length, segment.AtStart));
    }
}

/// <summary>
/// Replaces each UTF-8 byte by the character that stands for it. Only for pipelines that go on after this step: where
/// it is the last one, the BPE model works on the bytes themselves.
/// </summary>
internal sealed class ByteAlphabetPreTokenizer : PreTokenizer
{
    public override void Split(in Segment segment, List<Segment> output)
    {
        var text = ByteAlphabet.Encode(segment.Span);
        output.Add(new Segment(text, 0, text.Length, segment.AtStart));
    }
}

/// <summary>
/// GPT-2's alphabet: a printable character for each byte value, so that any bytes can be written as text. Bytes that
/// are printable in Latin-1 stand for themselves; the others take the code points from 256 on, in order.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = CreateCharacters();
    private static readonly short[] Bytes = CreateBytes();
    private static readonly int[] Ranks = [.. Characters.Select(c => Characters.Count(other => other < c))];

    /// <summary>All 256 characters by code point, which is the order of their ids in vocabularies.</summary>
    public static IReadOnlyList<char> InOrder { get; } = [.. Characters.Order()];

    public static char CharacterOf(byte value) => Characters[value];

    /// <summary>The place of a character of the alphabet in <see cref="InOrder"/>.</summary>
    public static int RankOf(char character) => Ranks[ByteOf(character)];

    /// <summary>The byte that a character stands for, or -1.</summary>
    public static int ByteOf(char character) => character < Bytes.Length ? Bytes[character] : -1;

    /// <summary>The text's UTF-8 bytes in the alphabet.</summary>
    public static string Encode(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return string.Create(
            bytes.Length,
            bytes,
            static (target, bytes) =>
            {
                for (var i = 0; i < target.Length; i++)
                {
                    target[i] = Characters[bytes[i]];
                }
            }
        );
    }

    private static char[] CreateCharacters()
    {
        var characters = new char[256];
        var next = (char)256;
        for (var value = 0; value < characters.Length; value++)
        {
            var printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = printable ? (char)value : next++;
        }

        return characters;
    }

    private static short[] CreateBytes()
    {
        var bytes = new short[CreateCharacters().Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var value = 0; value < 256; value++)
        {
            bytes[Characters[value]] = (short)value;
        }

        return bytes;
    }
}
