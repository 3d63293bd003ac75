using System.Text.Json;

namespace Luthier.Text.Tests.SentencePiece;

/// <summary>Ids and decoded texts are those of SentencePiece itself, line by line.</summary>
public sealed class SentencePieceAgreementTests
{
    private static readonly string[] Awkward =
    [
        "",
        " ",
        "   ",
        "a",
        " a",
        "  a  b  ",
        "\t\n",
        "▁",
        "▁▁a▁",
        "<s>",
        "</s> <unk> <0x0A>",
        "ﬁne ①② ｶﾞ Å ﷺ",
        "e\u0301 \u0301",
        "🦙🚀😶‍🌫️",
        "\u0000\u0001\u200B\uFEFF",
        "مرحبا שלום",
        "ab\u3000cd\u00A0ef",
        "<sep>x<sep><sep> <sep>",
        "１２３ ４５",
    ];

    [Theory]
    [InlineData("data/tokenizers/llama2.tokenizer.model")]
    [InlineData("data/stories260k/tokenizer.model")]
    public void Real_models_agree_on_real_text(string model) =>
        ShouldAgree(TestData.Shared(model), [.. ReadRealTexts(), .. Awkward]);

    [Theory]
    [InlineData("unigram", "nmt_nfkc", "")]
    [InlineData("unigram", "nmt_nfkc_cf", "byte_fallback user_defined_symbols")]
    [InlineData("unigram", "identity", "keep_spaces no_prefix")]
    [InlineData("bpe", "nmt_nfkc", "user_defined_symbols")]
    [InlineData("bpe", "nfkc", "byte_fallback keep_spaces suffix")]
    [InlineData("bpe", "identity", "byte_fallback keep_spaces user_defined_symbols")]
    public void Trained_models_agree(string type, string normalization, string options)
    {
        PythonSentencePiece.SkipUnlessInstalled();
        using var folder = TestData.TempFolder();
        var texts = ReadRealTexts().Where((_, i) => i % 20 == 0).ToList();
        File.WriteAllLines(folder["corpus.txt"], texts);
        var settings = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["input"] = folder["corpus.txt"],
            ["model_prefix"] = folder["tokenizer"],
            ["model_type"] = type,
            ["vocab_size"] = 3000,
            ["character_coverage"] = 0.99,
            ["hard_vocab_limit"] = false,
            ["num_threads"] = 1,
            ["normalization_rule_name"] = normalization,
        };
        foreach (var option in options.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = option switch
            {
                "keep_spaces" => ("remove_extra_whitespaces", (object)false),
                "no_prefix" => ("add_dummy_prefix", false),
                "suffix" => ("treat_whitespace_as_suffix", true),
                "user_defined_symbols" => (option, "<sep>,  ,ab c,①"),
                _ => (option, true),
            };
            settings.Add(name, value);
        }

        PythonSentencePiece.Train(settings);
        ShouldAgree(folder["tokenizer.model"], [.. texts, .. Awkward]);
    }

    private static void ShouldAgree(string model, IReadOnlyList<string> texts)
    {
        PythonSentencePiece.SkipUnlessInstalled();
        var tokenizer = Tokenizer.Load(model);
        var count = 0;
        foreach (var (ids, decoded) in PythonSentencePiece.Encode(model, texts))
        {
            var text = texts[count++];
            var ours = tokenizer.Encode(text, addSpecialTokens: false);
            if (
                !ours.AsSpan().SequenceEqual(ids)
                || !string.Equals(tokenizer.Decode(ids), decoded, StringComparison.Ordinal)
            )
            {
                ours.ShouldBe(ids, $"ids of «{text}»");
                tokenizer.Decode(ids).ShouldBe(decoded, $"decoded «{text}»");
            }
        }

        count.ShouldBe(texts.Count);
    }

    /// <summary>Every line of the English and Chinese data, and every text within it.</summary>
    private static List<string> ReadRealTexts()
    {
        var texts = File.ReadLines(TestData.Shared("data/text/wiki_demo.txt")).ToList();
        foreach (var line in File.ReadLines(TestData.Shared("data/text/c4_demo.jsonl")))
        {
            texts.Add(line);
            AddStrings(JsonDocument.Parse(line).RootElement, texts);
        }

        var chinese = File.ReadAllText(TestData.Shared("data/instruct/alpaca_zh_demo.json"));
        texts.AddRange(chinese.Split('\n'));
        AddStrings(JsonDocument.Parse(chinese).RootElement, texts);
        return texts;
    }

    private static void AddStrings(JsonElement element, List<string> texts)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                texts.Add(element.GetString()!);
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    AddStrings(item, texts);
                }

                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    AddStrings(member.Value, texts);
                }

                break;
        }
    }
}
