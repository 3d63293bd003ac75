using System.Text;
using Luthier.Text.Bpe;
using Luthier.Text.Normalization;

namespace Luthier.Text.SentencePiece;

/// <summary>SentencePiece's normalizer: the character map, then what its options say of white space.</summary>
internal sealed class SentencePieceNormalizer : Normalizer
{
    public const char Mark = '▁';

    private readonly Charsmap? map;
    private readonly CharTrie? userDefined;
    private readonly NormalizerSpec spec;
    private readonly bool markAtEnd;
    private readonly char space;

    /// <param name="spec">The options of the model file.</param>
    /// <param name="map">The character map, or null.</param>
    /// <param name="userDefined">Pieces that the character map leaves as they are, or null.</param>
    /// <param name="markAtEnd">Whether the mark that is added goes to the end of the text.</param>
    public SentencePieceNormalizer(NormalizerSpec spec, Charsmap? map, CharTrie? userDefined, bool markAtEnd)
    {
        this.spec = spec;
        this.map = map;
        this.userDefined = userDefined;
        this.markAtEnd = markAtEnd;
        space = spec.EscapeWhitespaces ? Mark : ' ';
    }

    public override string Normalize(string text)
    {
        var before = spec.AddDummyPrefix && !markAtEnd ? space.ToString() : "";
        var after = spec.AddDummyPrefix && markAtEnd ? space.ToString() : "";
        if (map is null && !spec.RemoveExtraWhitespaces)
        {
            return text.Length == 0 ? text : string.Concat(before, text.Replace(' ', space), after);
        }

        var start = 0;
        while (spec.RemoveExtraWhitespaces && start < text.Length)
        {
            if (Map(text, start, out var length) is not [' '])
            {
                break;
            }

            start += length;
        }

        return start == text.Length ? "" : Rewrite(text, start, before) + after;
    }

    private string Rewrite(string text, int start, string before)
    {
        var result = new StringBuilder(before, text.Length + 1);
        var afterSpace = spec.RemoveExtraWhitespaces;
        while (start < text.Length)
        {
            var mapped = Map(text, start, out var length);
            start += length;
            if (afterSpace)
            {
                mapped = mapped.TrimStart(' ');
            }

            foreach (var c in mapped)
            {
                result.Append(c == ' ' ? space : c);
            }

            if (mapped.Length > 0)
            {
                afterSpace = spec.RemoveExtraWhitespaces && mapped[^1] == ' ';
            }
        }

        while (spec.RemoveExtraWhitespaces && result.Length > 0 && result[^1] == space)
        {
            result.Length--;
        }

        return result.ToString();
    }

    /// <summary>What stands for the text at an index, and how much of the text that is.</summary>
    private ReadOnlySpan<char> Map(string text, int index, out int length)
    {
        if (userDefined is not null && userDefined.TryMatch(text, index, out length, out _))
        {
            return text.AsSpan(index, length);
        }

        if (map is not null && map.TryMap(text, index, out length, out var replacement))
        {
            return replacement;
        }

        length = char.IsHighSurrogate(text[index]) && index + 1 < text.Length ? 2 : 1;
        return text.AsSpan(index, length);
    }
}
