using System.Globalization;
using System.Runtime.CompilerServices;

namespace Luthier.Text.Unicode;

/// <summary>Looks up the kind of a character; a table for the basic plane, because splitting asks for each character.</summary>
internal static class CharacterKinds
{
    private static readonly CharacterKind[] Table = CreateTable();

    /// <summary>Kinds of all UTF-16 units; surrogates have <see cref="CharacterKind.None"/>.</summary>
    public static ReadOnlySpan<CharacterKind> Basic => Table;

    /// <summary>The kind of the character that starts at <paramref name="index"/> and how many units it takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CharacterKind At(ReadOnlySpan<char> text, int index, out int length)
    {
        length = 1;
        var kind = Table[text[index]];
        return kind != CharacterKind.None ? kind : OfRare(text, index, out length);
    }

    /// <summary>The kind of a code point.</summary>
    public static CharacterKind Of(int codePoint)
    {
        var kind = CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
        {
            UnicodeCategory.UppercaseLetter
            or UnicodeCategory.LowercaseLetter
            or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter => CharacterKind.Letter,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark =>
                CharacterKind.Mark,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber =>
                CharacterKind.Number,
            UnicodeCategory.ConnectorPunctuation
            or UnicodeCategory.DashPunctuation
            or UnicodeCategory.OpenPunctuation
            or UnicodeCategory.ClosePunctuation
            or UnicodeCategory.InitialQuotePunctuation
            or UnicodeCategory.FinalQuotePunctuation
            or UnicodeCategory.OtherPunctuation => CharacterKind.Punctuation,
            UnicodeCategory.MathSymbol
            or UnicodeCategory.CurrencySymbol
            or UnicodeCategory.ModifierSymbol
            or UnicodeCategory.OtherSymbol => CharacterKind.Symbol,
            _ => CharacterKind.None,
        };
        if (codePoint <= char.MaxValue && char.IsWhiteSpace((char)codePoint))
        {
            kind |= CharacterKind.Space;
        }

        return codePoint is '\r' or '\n' ? kind | CharacterKind.LineBreak : kind;
    }

    private static CharacterKind OfRare(ReadOnlySpan<char> text, int index, out int length)
    {
        if (char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
        {
            length = 2;
            return Of(char.ConvertToUtf32(text[index], text[index + 1]));
        }

        length = 1;
        return CharacterKind.None;
    }

    private static CharacterKind[] CreateTable()
    {
        var table = new CharacterKind[char.MaxValue + 1];
        for (var c = 0; c < table.Length; c++)
        {
            table[c] = Of(c);
        }

        return table;
    }
}
