using System.Runtime.CompilerServices;
using Luthier.Text.Unicode;

namespace Luthier.Text.Splitting;

/// <summary>
/// The pattern of cl100k, Llama 3 (numbers of up to three digits) and Qwen2 (single digits).
/// </summary>
internal sealed class Cl100kPattern(int maximumDigits) : ScanPattern
{
    public const string Llama3Expression =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string Qwen2Expression =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const CharacterKind NotOther = CharacterKind.Space | CharacterKind.Letter | CharacterKind.Number;
    private const CharacterKind NotPrefix = CharacterKind.LineBreak | CharacterKind.Letter | CharacterKind.Number;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override int MatchAt(ReadOnlySpan<char> text, int index)
    {
        if (text[index] == '\'')
        {
            var end = Scan.Contraction(text, index, ignoreCase: true);
            if (end > 0)
            {
                return end - index;
            }
        }

        var kind = CharacterKinds.At(text, index, out var length);
        if ((kind & CharacterKind.Letter) != CharacterKind.None)
        {
            return Scan.While(text, index, CharacterKind.Letter) - index;
        }

        if ((kind & NotPrefix) == CharacterKind.None)
        {
            var end = Scan.While(text, index + length, CharacterKind.Letter);
            if (end > index + length)
            {
                return end - index;
            }
        }

        if ((kind & CharacterKind.Number) != CharacterKind.None)
        {
            return Digits(text, index) - index;
        }

        var start = text[index] == ' ' ? index + 1 : index;
        var others = Scan.WhileNot(text, start, NotOther);
        if (others > start)
        {
            return Scan.While(text, others, CharacterKind.LineBreak) - index;
        }

        return Scan.LinesOrSpaces(text, index) - index;
    }

    private int Digits(ReadOnlySpan<char> text, int index)
    {
        for (var left = maximumDigits; left > 0 && index < text.Length; left--)
        {
            if ((CharacterKinds.At(text, index, out var length) & CharacterKind.Number) == CharacterKind.None)
            {
                break;
            }

            index += length;
        }

        return index;
    }
}
