using System.Runtime.CompilerServices;
using Luthier.Text.Unicode;

namespace Luthier.Text.Splitting;

/// <summary>Steps that the scanners share. Each returns the index where its match ends.</summary>
internal static class Scan
{
    /// <summary>Characters of any of the kinds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int While(ReadOnlySpan<char> text, int index, CharacterKind kinds)
    {
        var table = CharacterKinds.Basic;
        while (index < text.Length)
        {
            var kind = table[text[index]];
            if ((kind & kinds) != CharacterKind.None)
            {
                index++;
            }
            else if (
                kind == CharacterKind.None
                && (CharacterKinds.At(text, index, out var length) & kinds) != CharacterKind.None
            )
            {
                index += length;
            }
            else
            {
                break;
            }
        }

        return index;
    }

    /// <summary>Characters of none of the kinds: <c>[^...]*</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int WhileNot(ReadOnlySpan<char> text, int index, CharacterKind kinds)
    {
        var table = CharacterKinds.Basic;
        while (index < text.Length)
        {
            var kind = table[text[index]];
            var length = 1;
            if (kind == CharacterKind.None)
            {
                kind = CharacterKinds.At(text, index, out length);
            }

            if ((kind & kinds) != CharacterKind.None)
            {
                break;
            }

            index += length;
        }

        return index;
    }

    /// <summary>
    /// <c>\s+(?!\S)|\s+</c> at a space: a run of white space leaves its last character to the word that follows, unless
    /// it has but one.
    /// </summary>
    public static int Spaces(ReadOnlySpan<char> text, int index)
    {
        var end = While(text, index, CharacterKind.Space);
        return end == text.Length || end == index + 1 ? end : end - 1;
    }

    /// <summary><c>\s*[\r\n]+|\s+(?!\S)|\s+</c> at a space: a run goes as far as its last line break, if it has one.</summary>
    public static int LinesOrSpaces(ReadOnlySpan<char> text, int index)
    {
        var end = While(text, index, CharacterKind.Space);
        var lastBreak = text[index..end].LastIndexOfAny('\r', '\n');
        if (lastBreak >= 0)
        {
            return index + lastBreak + 1;
        }

        return end == text.Length || end == index + 1 ? end : end - 1;
    }

    /// <summary><c>'s|'t|'re|'ve|'m|'ll|'d</c> at an apostrophe; 0 where none of them is.</summary>
    public static int Contraction(ReadOnlySpan<char> text, int index, bool ignoreCase)
    {
        if (index + 1 >= text.Length)
        {
            return 0;
        }

        var first = ignoreCase ? Fold(text[index + 1]) : text[index + 1];
        if (first is 's' or 't' or 'm' or 'd')
        {
            return index + 2;
        }

        if (index + 2 >= text.Length)
        {
            return 0;
        }

        var second = ignoreCase ? Fold(text[index + 2]) : text[index + 2];
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? index + 3 : 0;
    }

    // U+017F folds to s; no other letter beyond ASCII folds to one of these.
    private static char Fold(char c) => c == '\u017F' ? 's' : char.ToLowerInvariant(c);
}
