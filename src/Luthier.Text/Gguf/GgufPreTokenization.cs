using Luthier.Formats;
using Luthier.Formats.Gguf;
using Luthier.Text.Loading;
using Luthier.Text.Splitting;

namespace Luthier.Text.Gguf;

/// <summary>
/// How text is cut before its bytes are merged, by the name that a GGUF file has for it: expressions applied one after
/// another, each cutting what the ones before left at its matches.
/// </summary>
/// <param name="Names">The names of the same rule.</param>
/// <param name="Expressions">In Oniguruma's syntax.</param>
/// <param name="IgnoresMerges">A piece that is itself a token is not merged.</param>
/// <param name="AddsBos">Whether a text begins with the bos token where the file doesn't say.</param>
internal sealed record GgufPreTokenization(
    IReadOnlyList<string> Names,
    IReadOnlyList<string> Expressions,
    bool IgnoresMerges = false,
    bool AddsBos = false
)
{
    private const string DefaultName = "default";

    private const string Hundreds = "[0-9][0-9][0-9]";

    private const string Ideographs = @"[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";

    // Upper-case and lower-case letters, with those that have no case and marks in both.
    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
    private const string Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    private const string Contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";
    private const string AfterWords = @"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    // The letters of the Latin, Greek, Cyrillic, Armenian, Georgian, Cherokee and a few smaller scripts, case by case.
    private const string CasedLetters =
        @"\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373"
        + @"\u0376\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F"
        + @"\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77"
        + @"\u1D79-\u1D9A\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D"
        + @"\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4"
        + @"\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139"
        + @"\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D"
        + @"\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A"
        + @"\uFF41-\uFF5A\x{10400}-\x{1044F}\x{104B0}-\x{104D3}\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}"
        + @"\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}]+";

    private const string Signs = @"\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+";

    // What rules differ in: cases, contractions, numbers, signs, white space and its ends, scripts.
    private const string Probe =
        "Hello World HELLOworld helloWORLD'S don't WE'LL it's 'tis 1 12 123 1234 12345678 3.14 ١٢٣ Ⅷ ½ x1y2\n\n\nA \r\n B\t\tC  D   \n  e"
        + " f(x)=y+z<>^~|$`#@!?...!!! /*a*/ -- \"q\" 'q' http://a.b/c_d-e?f=g&h, (i) [j] {k} /\n//\n. \n漢字かなカナ한글 中文123 mixedカナabc"
        + " ñandú Ünïcödé ΑΒγδ ЖжЯя العربية हिन्दी ไทย 🦙🚀 👩‍🚀 \u00A0\u3000x\u2028y …。，、 end  ";

    /// <summary>Every rule that is known.</summary>
    public static IReadOnlyList<GgufPreTokenization> All { get; } =
    [
        new([DefaultName], [@"[\p{P}\$\+<=>\^~\|]+", Gpt2Pattern.Expression, @"\p{N}+", Hundreds]),
        new(["gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "gigachat"], [Gpt2Pattern.Expression]),
        new(
            ["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "lfm2"],
            [Cl100kPattern.Llama3Expression],
            IgnoresMerges: true,
            AddsBos: true
        ),
        new(["dbrx", "smaug-bpe"], [Cl100kPattern.Llama3Expression]),
        new(["qwen2", "deepseek-r1-qwen", "stablelm2", "megrez"], [Cl100kPattern.Qwen2Expression]),
        new(["deepseek-llm"], ["[\r\n]", CasedLetters, Signs, @"\s+$", Ideographs, @"\p{N}+"]),
        new(["deepseek-coder"], ["[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", Ideographs, @"\p{N}"]),
        new(
            ["deepseek-v3"],
            [@"\p{N}{1,3}", @"[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+", DeepSeekPattern.Expression]
        ),
        new(["falcon"], [@"[\p{P}\$\+<=>\^~\|`]+", Gpt2Pattern.Expression, Hundreds]),
        new(
            ["starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b"],
            [@"\p{N}", Gpt2Pattern.Expression]
        ),
        new(["bloom", "poro-chat", "gpt3-finnish"], [@" ?[^(\s|.,!?…。，、।۔،)]+"]),
        new(["viking"], [@" ?[^(\s|.,!?…。，、।۔،)]+", @"\p{N}"]),
        new(
            ["tekken"],
            [
                @"[^\r\n\p{L}\p{N}]?"
                    + Upper
                    + "*"
                    + Lower
                    + @"+|[^\r\n\p{L}\p{N}]?"
                    + Upper
                    + "+"
                    + Lower
                    + @"*|\p{N}"
                    + AfterWords,
            ],
            IgnoresMerges: true,
            AddsBos: true
        ),
        new(
            ["gpt-4o", "llama4"],
            [
                @"[^\r\n\p{L}\p{N}]?"
                    + Upper
                    + "*"
                    + Lower
                    + "+"
                    + Contraction
                    + @"|[^\r\n\p{L}\p{N}]?"
                    + Upper
                    + "+"
                    + Lower
                    + "*"
                    + Contraction
                    + @"|\p{N}{1,3}"
                    + AfterWords,
            ]
        ),
    ];

    /// <summary>The rule that a file names, or the default where it names none.</summary>
    /// <exception cref="InvalidFileException">The name is not known.</exception>
    public static GgufPreTokenization Of(GgufFile file)
    {
        var stated = file.Find(GgufKeys.Pre);
        var name = stated?.AsString() ?? DefaultName;
        return All.FirstOrDefault(rule => rule.Names.Contains(name, StringComparer.Ordinal))
            ?? throw stated!.Expected($"one of {string.Join(", ", All.SelectMany(rule => rule.Names))}");
    }

    /// <summary>The rule that cuts text as a tokenizer does, found by how both cut a text of edge cases; null if none does.</summary>
    /// <param name="parts">A tokenizer over bytes.</param>
    /// <param name="ignoresMerges">Whether its pieces that are tokens are not merged.</param>
    public static GgufPreTokenization? Find(TokenizerParts parts, bool ignoresMerges)
    {
        var expected = Pieces(parts, Probe);
        return All.Where(rule => rule.IgnoresMerges == ignoresMerges)
            .FirstOrDefault(rule =>
                Pieces(parts with { PreTokenizer = rule.Create("") }, Probe)
                    .SequenceEqual(expected, StringComparer.Ordinal)
            );
    }

    /// <summary>The pieces that a tokenizer's model gets of a text.</summary>
    public static List<string> Pieces(TokenizerParts parts, string text)
    {
        text = parts.Normalizer?.Normalize(text) ?? text;
        if (parts.PreTokenizer is null)
        {
            return [text];
        }

        var pieces = new List<Segment>();
        parts.PreTokenizer.Split(new Segment(text, 0, text.Length, AtStart: true), pieces);
        return [.. pieces.Select(piece => piece.Span.ToString())];
    }

    /// <param name="path">The file, for messages.</param>
    public PreTokenizer Create(string path) =>
        new SequencePreTokenizer([
            .. Expressions.Select(expression => new SplitPreTokenizer(
                Patterns.FromExpression(expression, path),
                SplitBehavior.Isolated
            )),
        ]);
}
