namespace Luthier.Text.Tests.HuggingFace;

/// <summary>Pipelines of model families, with vocabularies small enough to see what happens.</summary>
public sealed class FamilyTests
{
    private const string Qwen2 = """
        {"type": "Sequence", "pretokenizers": [
          {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
          {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}]}
        """;

    private const string DeepSeek3 = """
        {"type": "Sequence", "pretokenizers": [
          {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex": "\\p{N}{1,3}"}},
          {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex": "[一-龥぀-ゟ゠-ヿ]+"}},
          {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"}},
          {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}
        """;

    private const string MistralModel = "<unk> <s> </s> <0xC3> <0xA9> ▁ a b c ▁a ▁ab bc ▁▁";
    private const string MistralMerges = "▁ a, ▁a b, b c, ▁ ▁";
    private const string Fallback = "\"unk_token\": \"<unk>\", \"fuse_unk\": true, \"byte_fallback\": true";

    [Fact]
    public void Qwen2_composes_characters_and_takes_digits_one_by_one()
    {
        var tokenizer = TinyTokenizer.Load(
            TinyTokenizer.File(
                TinyTokenizer.ByteModel("Ã ©", "1 2", "' S", "a b"),
                normalizer: """{"type": "NFC"}""",
                preTokenizer: Qwen2,
                decoder: """{"type": "ByteLevel"}""",
                addedTokens: """[{"id": 260, "content": "<|im_end|>", "special": true, "normalized": false}]"""
            )
        );
        tokenizer.Tokens("e\u0301").ShouldBe("Ã©");
        tokenizer.Tokens("12").ShouldBe("1|2");
        tokenizer.Tokens("ab'S").ShouldBe("ab|'S");
        tokenizer.Tokens("ab<|im_end|>\n").ShouldBe("ab|<|im_end|>|Ċ");
        tokenizer.EosId.ShouldBe(260);
        tokenizer.VocabularySize.ShouldBe(261);
    }

    [Theory]
    [InlineData("12345", "12|3|4|5")]
    [InlineData("a漢b", "a|æ|¼|¢|b")]
    [InlineData("x.ab", "x|.a|b")]
    [InlineData(" ,\n\nab", "Ġ,|ĊĊ|ab")]
    public void DeepSeek3_cuts_numbers_and_ideographs_out_first(string text, string tokens)
    {
        var tokenizer = TinyTokenizer.Load(
            TinyTokenizer.File(
                TinyTokenizer.ByteModel("1 2", "3 4", "Ċ Ċ", "Ġ ,", ". a", "a b", "a æ"),
                preTokenizer: DeepSeek3,
                decoder: """{"type": "ByteLevel"}"""
            )
        );
        tokenizer.Tokens(text).ShouldBe(tokens);
        tokenizer.Decode(tokenizer.Encode(text)).ShouldBe(text);
    }

    [Theory]
    [InlineData("always", "▁ab|c|</s>|▁ab", "abc</s> ab")]
    [InlineData("first", "▁ab|c|</s>|a|b", "abc</s>ab")]
    [InlineData("never", "a|bc|</s>|a|b", "abc</s>ab")]
    public void Mistral_marks_starts_as_its_scheme_says(string scheme, string tokens, string decoded)
    {
        var tokenizer = TinyTokenizer.Load(
            TinyTokenizer.File(
                TinyTokenizer.CharacterModel(MistralModel, MistralMerges, Fallback),
                preTokenizer: $$"""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "{{scheme}}", "split": false}""",
                decoder: $$"""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "{{scheme}}", "split": false}""",
                addedTokens: """[{"id": 2, "content": "</s>", "special": true}]"""
            )
        );
        var ids = tokenizer.Encode("abc</s>ab", addSpecialTokens: false);
        tokenizer.Decode(ids).ShouldBe(decoded);
        tokenizer.Tokens("abc</s>ab").ShouldBe(tokens);
    }

    [Fact]
    public void Llama2_spells_unknown_characters_in_bytes_or_as_unknown()
    {
        const string Normalizer = """
            {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
              {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
            """;
        const string Decoder = """
            {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
              {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
            """;
        var tokenizer = TinyTokenizer.Load(
            TinyTokenizer.File(
                TinyTokenizer.CharacterModel(MistralModel, MistralMerges, Fallback),
                Normalizer,
                decoder: Decoder
            )
        );
        tokenizer.Tokens("  abé漢字").ShouldBe("▁▁|▁ab|<0xC3>|<0xA9>|<unk>");
        tokenizer.Decode(tokenizer.Encode("  abé")).ShouldBe("  abé");
        tokenizer.Decode([3, 3, 4, 6]).ShouldBe("\uFFFD\uFFFD\uFFFDa");
        tokenizer.UnkId.ShouldBe(0);
        tokenizer.Encode("").ShouldBeEmpty();
    }

    [Fact]
    public void Gpt2_may_put_a_space_before_the_text()
    {
        var tokenizer = TinyTokenizer.Load(
            TinyTokenizer.File(
                TinyTokenizer.ByteModel("Ġ a", "1 2", "12 3"),
                preTokenizer: """{"type": "ByteLevel", "add_prefix_space": true, "use_regex": true}""",
                decoder: """{"type": "ByteLevel"}"""
            )
        );
        tokenizer.Tokens("a a").ShouldBe("Ġa|Ġa");
        tokenizer.Tokens(" a").ShouldBe("Ġa");
        tokenizer.Tokens("123").ShouldBe("Ġ|123");
    }

    [Fact]
    public void Llama3_takes_a_whole_piece_that_is_a_token_without_merging()
    {
        const string PreTokenizer = """{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}""";
        var model = TinyTokenizer.ByteModel("b c", "a b", "ab c");
        TinyTokenizer.Load(TinyTokenizer.File(model, preTokenizer: PreTokenizer)).Tokens("abc").ShouldBe("a|bc");
        var ignoring = model.Replace("\"BPE\"", "\"BPE\", \"ignore_merges\": true", StringComparison.Ordinal);
        TinyTokenizer.Load(TinyTokenizer.File(ignoring, preTokenizer: PreTokenizer)).Tokens("abc").ShouldBe("abc");
    }
}
