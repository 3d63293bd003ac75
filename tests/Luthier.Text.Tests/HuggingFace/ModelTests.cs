namespace Luthier.Text.Tests.HuggingFace;

public sealed class ModelTests
{
    [Theory]
    [InlineData("", "a☃☃b", "ab")]
    [InlineData("\"unk_token\": \"<u>\"", "a☃☃b", "a|<u>|<u>|b")]
    [InlineData("\"unk_token\": \"<u>\", \"fuse_unk\": true", "a☃☃b☃", "a|<u>|b|<u>")]
    [InlineData("\"unk_token\": \"<u>\", \"byte_fallback\": true", "aé☃", "a|<0xC3>|<0xA9>|<u>")]
    [InlineData("\"ignore_merges\": false", "🦙ab", "🦙|ab")]
    public void Characters_without_a_token_are_spelled_replaced_or_dropped(
        string options,
        string text,
        string tokens
    ) =>
        TinyTokenizer
            .Load(TinyTokenizer.File(TinyTokenizer.CharacterModel("<u> <0xC3> <0xA9> a b ab 🦙", "a b", options)))
            .Tokens(text)
            .ShouldBe(tokens);

    [Theory]
    [InlineData("\"continuing_subword_prefix\": \"##\"", "a ##a ##b ab abb", "a ##b,ab ##b", "abba", "abb|##a")]
    [InlineData("\"end_of_word_suffix\": \"</w>\"", "a b b</w> ab ab</w>", "a b</w>,a b", "abab", "ab|ab</w>")]
    public void Parts_of_words_may_be_marked(
        string options,
        string vocabulary,
        string merges,
        string text,
        string tokens
    ) =>
        TinyTokenizer
            .Load(TinyTokenizer.File(TinyTokenizer.CharacterModel(vocabulary, merges, options)))
            .Tokens(text)
            .ShouldBe(tokens);

    [Fact]
    public void Merges_may_be_pairs_and_the_type_left_out()
    {
        var tokenizer = TinyTokenizer.Load(
            """{"model": {"vocab": {"a": 0, " b": 2, " ": 3, "b": 4, "a b": 5}, "merges": [[" ", "b"], ["a", " b"]]}}"""
        );
        tokenizer.Encode("a b").ShouldBe([5]);
        tokenizer.TokenOf(1).ShouldBeNull();
    }

    [Fact]
    public void Marks_inside_tokens_are_merged_across_words()
    {
        // As in vocabularies that were trained without splitting at spaces.
        var tokenizer = TinyTokenizer.Load(
            TinyTokenizer.File(TinyTokenizer.CharacterModel("▁ a b a▁ a▁b", "a ▁,a▁ b"))
        );
        tokenizer.Tokens("▁a▁b").ShouldBe("▁|a▁b");
    }

    [Theory]
    [InlineData("abab", "ab|ab")]
    [InlineData("abc", "abc")]
    [InlineData("xaxx", "<u>|a|<u>")]
    [InlineData("é", "<0xC3>|<0xA9>")]
    public void Unigram_takes_the_most_probable_pieces(string text, string tokens) =>
        TinyTokenizer
            .Load(
                TinyTokenizer.File(
                    """
                    {"type": "Unigram", "unk_id": 0, "byte_fallback": true, "vocab": [["<u>", 0], ["a", -4], ["b", -4],
                      ["c", -4], ["ab", -3], ["bc", -3], ["abc", -6.5], ["<0xC3>", 0], ["<0xA9>", 0]]}
                    """
                )
            )
            .Tokens(text)
            .ShouldBe(tokens);
}
