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

    public static bool IsUpper(int code) => CharUnicodeInfo.GetUnicodeCategory(code) == UnicodeCategory.UppercaseLetter;

    public static bool IsTitle(int code) => CharUnicodeInfo.GetUnicodeCategory(code) == UnicodeCategory.TitlecaseLetter;

    public static bool IsLower(int code) =>
        CharUnicodeInfo.GetUnicodeCategory(code) == UnicodeCategory.LowercaseLetter || code is 0xAA or 0xBA;

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
