using System.Globalization;
using System.Text;

namespace Luthier.Text.Jinja.Operations;

/// <summary>
/// Upper, lower and title case by Unicode's full mappings, as Python has them: .NET's map one character to one.
/// </summary>
internal static class Casing
{
    /// <summary>Characters that become several, each followed by these (Unicode's SpecialCasing.txt).</summary>
    private const string Expansions =
        "\u00DFSS \u0149\u02BCN \u01F0J\u030C \u0390\u0399\u0308\u0301 \u03B0\u03A5\u0308\u0301 "
        + "\u0587\u0535\u0552 \u1E96H\u0331 \u1E97T\u0308 \u1E98W\u030A \u1E99Y\u030A \u1E9AA\u02BE "
        + "\u1F50\u03A5\u0313 \u1F52\u03A5\u0313\u0300 \u1F54\u03A5\u0313\u0301 \u1F56\u03A5\u0313\u0342 "
        + "\u1F80\u1F08\u0399 \u1F81\u1F09\u0399 \u1F82\u1F0A\u0399 \u1F83\u1F0B\u0399 \u1F84\u1F0C\u0399 "
        + "\u1F85\u1F0D\u0399 \u1F86\u1F0E\u0399 \u1F87\u1F0F\u0399 \u1F88\u1F08\u0399 \u1F89\u1F09\u0399 "
        + "\u1F8A\u1F0A\u0399 \u1F8B\u1F0B\u0399 \u1F8C\u1F0C\u0399 \u1F8D\u1F0D\u0399 \u1F8E\u1F0E\u0399 "
        + "\u1F8F\u1F0F\u0399 \u1F90\u1F28\u0399 \u1F91\u1F29\u0399 \u1F92\u1F2A\u0399 \u1F93\u1F2B\u0399 "
        + "\u1F94\u1F2C\u0399 \u1F95\u1F2D\u0399 \u1F96\u1F2E\u0399 \u1F97\u1F2F\u0399 \u1F98\u1F28\u0399 "
        + "\u1F99\u1F29\u0399 \u1F9A\u1F2A\u0399 \u1F9B\u1F2B\u0399 \u1F9C\u1F2C\u0399 \u1F9D\u1F2D\u0399 "
        + "\u1F9E\u1F2E\u0399 \u1F9F\u1F2F\u0399 \u1FA0\u1F68\u0399 \u1FA1\u1F69\u0399 \u1FA2\u1F6A\u0399 "
        + "\u1FA3\u1F6B\u0399 \u1FA4\u1F6C\u0399 \u1FA5\u1F6D\u0399 \u1FA6\u1F6E\u0399 \u1FA7\u1F6F\u0399 "
        + "\u1FA8\u1F68\u0399 \u1FA9\u1F69\u0399 \u1FAA\u1F6A\u0399 \u1FAB\u1F6B\u0399 \u1FAC\u1F6C\u0399 "
        + "\u1FAD\u1F6D\u0399 \u1FAE\u1F6E\u0399 \u1FAF\u1F6F\u0399 \u1FB2\u1FBA\u0399 \u1FB3\u0391\u0399 "
        + "\u1FB4\u0386\u0399 \u1FB6\u0391\u0342 \u1FB7\u0391\u0342\u0399 \u1FBC\u0391\u0399 "
        + "\u1FC2\u1FCA\u0399 \u1FC3\u0397\u0399 \u1FC4\u0389\u0399 \u1FC6\u0397\u0342 "
        + "\u1FC7\u0397\u0342\u0399 \u1FCC\u0397\u0399 \u1FD2\u0399\u0308\u0300 \u1FD3\u0399\u0308\u0301 "
        + "\u1FD6\u0399\u0342 \u1FD7\u0399\u0308\u0342 \u1FE2\u03A5\u0308\u0300 \u1FE3\u03A5\u0308\u0301 "
        + "\u1FE4\u03A1\u0313 \u1FE6\u03A5\u0342 \u1FE7\u03A5\u0308\u0342 \u1FF2\u1FFA\u0399 "
        + "\u1FF3\u03A9\u0399 \u1FF4\u038F\u0399 \u1FF6\u03A9\u0342 \u1FF7\u03A9\u0342\u0399 "
        + "\u1FFC\u03A9\u0399 \uFB00FF \uFB01FI \uFB02FL \uFB03FFI \uFB04FFL \uFB05ST \uFB06ST "
        + "\uFB13\u0544\u0546 \uFB14\u0544\u0535 \uFB15\u0544\u053B \uFB16\u054E\u0546 \uFB17\u0544\u053D";

    private const int CapitalSigma = 0x3A3;
    private const int DottedCapitalI = 0x130;
    private const int DotlessI = 0x131;
    private const int LongS = 0x17F;

    private static readonly Dictionary<int, string> UpperExpansions = Expansions
        .Split(' ')
        .ToDictionary(entry => (int)entry[0], entry => entry[1..]);

    public static string Upper(string text) =>
        Ascii.IsValid(text) ? text.ToUpperInvariant() : Map(text, (_, _, code) => Upper(code));

    public static string Lower(string text) => Ascii.IsValid(text) ? text.ToLowerInvariant() : Map(text, LowerAt);

    /// <summary>The first character in title case, the others in lower case.</summary>
    public static string Capitalize(string text) =>
        Map(text, (all, offset, code) => offset == 0 ? Title(code) : LowerAt(all, offset, code));

    /// <summary>Each run of letters capitalized.</summary>
    public static string TitleWords(string text) =>
        Map(
            text,
            (all, offset, code) =>
                offset > 0 && IsCased(CodePointBefore(all, offset)) ? LowerAt(all, offset, code) : Title(code)
        );

    public static string Swap(string text) =>
        Map(
            text,
            (all, offset, code) =>
                Characters.IsUpper(code) ? LowerAt(all, offset, code)
                : Characters.IsLower(code) ? Upper(code)
                : Plain(code)
        );

    /// <summary>Lower case for comparisons without case, such as "ss" for a sharp s.</summary>
    public static string Fold(string text) => Map(text, (_, _, code) => Fold(code));

    /// <summary>Whether the character has case.</summary>
    public static bool IsCased(int code) =>
        Characters.IsUpper(code) || Characters.IsLower(code) || Characters.IsTitle(code);

    private static string Upper(int code) =>
        UpperExpansions.TryGetValue(code, out var expansion) ? expansion
        : code == DotlessI ? "I"
        : code == LongS ? "S"
        : IsLone(code) ? Plain(code)
        : Rune.ToUpperInvariant(new Rune(code)).ToString();

    private static string Lower(int code) =>
        code == DottedCapitalI ? "i\u0307"
        : IsLone(code) ? Plain(code)
        : Rune.ToLowerInvariant(new Rune(code)).ToString();

    private static string Fold(int code) =>
        code switch
        {
            DotlessI or DottedCapitalI => Lower(code),
            // Cherokee is folded to its capitals, which are older.
            (>= 0x13A0 and <= 0x13FD) or (>= 0xAB70 and <= 0xABBF) => Upper(code),
            _ => Simple(Upper(code)),
        };

    private static string Simple(string text) => string.Concat(text.EnumerateRunes().Select(rune => Lower(rune.Value)));

    private static string LowerAt(string text, int offset, int code) =>
        code == CapitalSigma && EndsWord(text, offset) ? "\u03C2" : Lower(code);

    // The digraphs of Croatian and the iotas below Greek vowels have a title case of their own, Georgian has none.
    private static string Title(int code) =>
        code switch
        {
            >= 0x1C4 and <= 0x1CC => ((char)(0x1C5 + ((code - 0x1C4) / 3 * 3))).ToString(),
            >= 0x1F1 and <= 0x1F3 => "\u01F2",
            >= 0x10D0 and <= 0x10FF => Plain(code),
            >= 0x1F80 and <= 0x1FAF => Plain(code | 8),
            0x1FB3 or 0x1FC3 or 0x1FF3 or 0x1FBC or 0x1FCC or 0x1FFC => Plain((code & ~0xF) | 0xC),
            _ => Upper(code) is [var first, .. { Length: > 0 } rest] && !char.IsSurrogate(first)
                ? first + Simple(rest)
                : Upper(code),
        };

    // A sigma is final after a cased character and before none, marks in between aside.
    private static bool EndsWord(string text, int offset)
    {
        var before = offset;
        do
        {
            if (before == 0)
            {
                return false;
            }

            before -= before > 1 && char.IsSurrogatePair(text[before - 2], text[before - 1]) ? 2 : 1;
        } while (IsCaseIgnorable(PythonText.CodePointAt(text, before)));

        var after = offset + 1;
        while (after < text.Length && IsCaseIgnorable(PythonText.CodePointAt(text, after)))
        {
            after += PythonText.UnitsAt(text, after);
        }

        return IsCased(PythonText.CodePointAt(text, before))
            && (after >= text.Length || !IsCased(PythonText.CodePointAt(text, after)));
    }

    private static bool IsCaseIgnorable(int code) =>
        code is '\'' or '.' or ':' or '^' or '`' or 0xA8 or 0xAD or 0xB7 or 0x2018 or 0x2019
        || CharUnicodeInfo.GetUnicodeCategory(code)
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.EnclosingMark
                or UnicodeCategory.Format
                or UnicodeCategory.ModifierLetter
                or UnicodeCategory.ModifierSymbol;

    private static int CodePointBefore(string text, int offset) =>
        PythonText.CodePointAt(
            text,
            offset - (offset > 1 && char.IsSurrogatePair(text[offset - 2], text[offset - 1]) ? 2 : 1)
        );

    private static bool IsLone(int code) => code is >= 0xD800 and < 0xE000;

    private static string Plain(int code) => code < 0x10000 ? ((char)code).ToString() : char.ConvertFromUtf32(code);

    private static string Map(string text, Func<string, int, int, string> map)
    {
        var result = new StringBuilder(text.Length);
        for (var offset = 0; offset < text.Length; offset += PythonText.UnitsAt(text, offset))
        {
            result.Append(map(text, offset, PythonText.CodePointAt(text, offset)));
        }

        return result.ToString();
    }
}
