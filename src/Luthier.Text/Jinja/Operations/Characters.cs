using System.Globalization;

namespace Luthier.Text.Jinja.Operations;

/// <summary>What Python's <c>str.is…</c> methods ask of a code point.</summary>
internal static class Characters
{
    public static bool IsSpace(int code) => code < 0x10000 && PythonText.IsSpace((char)code);

    public static bool IsAlpha(int code) =>
        CharUnicodeInfo.GetUnicodeCategory(code)
            is UnicodeCategory.UppercaseLetter
                or UnicodeCategory.LowercaseLetter
                or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter
                or UnicodeCategory.OtherLetter;

    public static bool IsDecimal(int code) =>
        CharUnicodeInfo.GetUnicodeCategory(code) == UnicodeCategory.DecimalDigitNumber;

    /// <summary>Digits of any kind, such as superscripts.</summary>
    public static bool IsDigit(int code) => IsDecimal(code) || CharUnicodeInfo.GetDigitValue(Text(code), 0) >= 0;

    public static bool IsNumeric(int code) => IsDigit(code) || CharUnicodeInfo.GetNumericValue(Text(code), 0) != -1;

    public static bool IsWord(int code) => code == '_' || IsAlpha(code) || IsNumeric(code);

    /// <summary>Capital letters, and what Unicode counts with them: Roman numerals, letters in circles and squares.</summary>
    public static bool IsUpper(int code) =>
        CharUnicodeInfo.GetUnicodeCategory(code) == UnicodeCategory.UppercaseLetter
        || code
            is (>= 0x2160 and <= 0x216F)
                or (>= 0x24B6 and <= 0x24CF)
                or (>= 0x1F130 and <= 0x1F149)
                or (>= 0x1F150 and <= 0x1F169)
                or (>= 0x1F170 and <= 0x1F189);

    public static bool IsTitle(int code) => CharUnicodeInfo.GetUnicodeCategory(code) == UnicodeCategory.TitlecaseLetter;

    /// <summary>Small letters, and what Unicode counts with them: modifiers, Roman numerals, letters in circles.</summary>
    public static bool IsLower(int code) =>
        CharUnicodeInfo.GetUnicodeCategory(code) == UnicodeCategory.LowercaseLetter
        || code
            is 0xAA
                or 0xBA
                or (>= 0x2B0 and <= 0x2B8)
                or 0x2C0
                or 0x2C1
                or (>= 0x2E0 and <= 0x2E4)
                or 0x345
                or 0x37A
                or (>= 0x1D2C and <= 0x1D6A)
                or 0x1D78
                or (>= 0x1D9B and <= 0x1DBF)
                or 0x2071
                or 0x207F
                or (>= 0x2090 and <= 0x209C)
                or (>= 0x2170 and <= 0x217F)
                or (>= 0x24D0 and <= 0x24E9)
                or 0x2C7C
                or 0x2C7D
                or 0xA69C
                or 0xA69D
                or 0xA770
                or 0xA7F8
                or 0xA7F9
                or (>= 0xAB5C and <= 0xAB5F)
                or 0x10780
                or (>= 0x10783 and <= 0x10785)
                or (>= 0x10787 and <= 0x107B0)
                or (>= 0x107B2 and <= 0x107BA);

    /// <summary>What may begin a name.</summary>
    public static bool IsNameStart(int code) =>
        code == '_' || IsAlpha(code) || CharUnicodeInfo.GetUnicodeCategory(code) == UnicodeCategory.LetterNumber;

    /// <summary>What may go on in a name.</summary>
    public static bool IsNamePart(int code) =>
        IsNameStart(code)
        || CharUnicodeInfo.GetUnicodeCategory(code)
            is UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.ConnectorPunctuation;

    public static bool IsPrintable(int code) =>
        code == ' '
        || CharUnicodeInfo.GetUnicodeCategory(code)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.SpaceSeparator
            );

    // Half of a pair is no number, and has no text of its own.
    private static string Text(int code) => code is >= 0xD800 and < 0xE000 ? "\uFFFD" : char.ConvertFromUtf32(code);
}
