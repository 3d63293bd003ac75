using System.Runtime.CompilerServices;
using Luthier.Text.Unicode;

namespace Luthier.Text.Splitting;

/// <summary>The main pattern of DeepSeek V3 and R1, applied after numbers and CJK runs were cut out.</summary>
internal sealed class DeepSeekPattern : ScanPattern
{
    public const string Expression =
        @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const CharacterKind Word = CharacterKind.Letter | CharacterKind.Mark;
    private const CharacterKind Signs = CharacterKind.Punctuation | CharacterKind.Symbol;
    private const CharacterKind NotPrefix = CharacterKind.LineBreak | CharacterKind.Letter | Signs;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int MatchAt(ReadOnlySpan<char> text, int index)
    {
        if (char.IsAscii(text[index]) && (CharacterKinds.Basic[text[index]] & Signs) != CharacterKind.None)
        {
            var end = index + 1;
            while (end < text.Length && char.IsAsciiLetter(text[end]))
            {
                end++;
            }

            if (end > index + 1)
            {
                return end - index;
            }
        }

        var kind = CharacterKinds.At(text, index, out var length);
        if ((kind & NotPrefix) == CharacterKind.None)
        {
            var end = Scan.While(text, index + length, Word);
            if (end > index + length)
            {
                return end - index;
            }
        }

        if ((kind & Word) != CharacterKind.None)
        {
            return Scan.While(text, index, Word) - index;
        }

        var start = text[index] == ' ' ? index + 1 : index;
        var signs = Scan.While(text, start, Signs);
        if (signs > start)
        {
            return Scan.While(text, signs, CharacterKind.LineBreak) - index;
        }

        return (kind & CharacterKind.Space) != CharacterKind.None ? Scan.LinesOrSpaces(text, index) - index : 0;
    }
}
