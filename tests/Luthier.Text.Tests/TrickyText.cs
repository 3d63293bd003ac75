using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Luthier.Text.Tests;

/// <summary>Random text of the kind that breaks tokenizers.</summary>
internal static class TrickyText
{
    private static readonly string[] Fragments =
    [
        .. " |  |   |\t|\n|\r\n|\n\n|\u00A0|\u3000|\u2003|\u0085|\u2028|\u200B|\uFEFF|\0|\u0007|\u007F".Split('|'),
        .. "a|Z|the| word|é|ß|ſ|K|ǅ|İ|ñ|e\u0301|\u0301|\u0323|न|ा|हिन्दी|漢|字|ひ|カ|ｶﾞ|한|각|글|ع|مرحبا|ש|ไทย".Split(
            '|'
        ),
        .. "1|23|4567|٣|²|Ⅷ|½|①|'|'s|'S|'LL|'ſ|'re|'Ve|’s|don't|!|...|?!|«|€|+|_|-|–|▁|▁▁|/|\\|(|[".Split('|'),
        .. "🦙|👩‍🚀|🇩🇪|𝒜|𠀀|𐐀|𞤀|𝟙|\U0001D165|\uE000|\U000F0000|\uFFFD|\uFFFF".Split('|'),
        .. "<s>|</s>|<unk>|<0x0A>|<|endoftext|>|<|begin_of_text|>|<|eot_id|>|[INST]"
            .Split("|<")
            .Select((p, i) => i == 0 ? p : "<" + p),
    ];

    private static readonly Gen<string> Fragment = Gen.Elements(Fragments);

    private static readonly Gen<string> CodePoint = Gen.Frequency(
            (4, Gen.Choose(0, 0x7F)),
            (3, Gen.Choose(0x80, 0x7FF)),
            (3, Gen.Choose(0x800, 0xFFFF)),
            (2, Gen.Choose(0x10000, 0x10FFFF))
        )
        .Where(Rune.IsValid)
        .Select(char.ConvertFromUtf32);

    /// <summary>Text that is valid Unicode.</summary>
    public static Arbitrary<string> WellFormed { get; } =
        Gen.Frequency((3, Fragment), (1, CodePoint)).ArrayOf().Select(string.Concat).ToArbitrary();

    /// <summary>Any UTF-16, halves of surrogate pairs among it.</summary>
    public static Arbitrary<string> Any { get; } =
        Gen.Frequency(
                (6, Fragment),
                (2, CodePoint),
                (1, Gen.Choose(0xD800, 0xDFFF).Select(unit => ((char)unit).ToString()))
            )
            .ArrayOf()
            .Select(string.Concat)
            .ToArbitrary();

    /// <summary>Checks a property on many texts.</summary>
    public static void ShouldHold(Arbitrary<string> texts, Action<string> property, int tests = 500) =>
        Prop.ForAll(texts, property).Check(Config.QuickThrowOnFailure.WithMaxTest(tests).WithQuietOnSuccess(true));
}
