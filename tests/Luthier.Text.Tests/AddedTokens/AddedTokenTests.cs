using Luthier.Text.Tests.HuggingFace;

namespace Luthier.Text.Tests.AddedTokens;

public sealed class AddedTokenTests
{
    [Theory]
    [InlineData("", "a[x]b", "a|[x]|b")]
    [InlineData("", " [x] ", "▁|[x]|▁")]
    [InlineData(
        "\"single_word\": true",
        "a[x] [x] [x]b _[x] 1[x] ([x])",
        "a|[|x|]|▁|[x]|▁|[|x|]|b|▁|_|[|x|]|▁|1|[|x|]|▁|(|[x]|)"
    )]
    [InlineData("\"normalized\": false, \"lstrip\": true", "a \n[x] b", "a|[x]|▁|b")]
    [InlineData("\"normalized\": false, \"rstrip\": true", "a [x] \tb", "a|▁|[x]|b")]
    [InlineData("\"normalized\": false, \"lstrip\": true, \"rstrip\": true", "a [x] [x] b", "a|[x]|[x]|b")]
    [InlineData("\"normalized\": true", "a[X]", "a|[x]")]
    [InlineData("\"normalized\": false", "a[X]", "a|[|x|]")]
    public void Flags_decide_where_a_token_is_found(string flags, string text, string tokens)
    {
        var tokenizer = Load($$"""[{"id": 100, "content": "[x]"{{(flags.Length > 0 ? ", " + flags : "")}} }]""");
        tokenizer.Tokens(text).ShouldBe(tokens);
    }

    [Fact]
    public void Longest_of_several_at_one_place_is_taken()
    {
        var tokenizer = Load(
            """
            [{"id": 100, "content": "[x", "special": true}, {"id": 101, "content": "[x]a", "special": true},
             {"id": 102, "content": "]", "special": true}]
            """
        );
        tokenizer.Tokens("[x]a[x]b[xx").ShouldBe("[x]a|[x|]|b|[x|x");
    }

    [Fact]
    public void Special_tokens_are_left_out_on_request_and_others_are_not()
    {
        var tokenizer = Load(
            """[{"id": 100, "content": "[x]", "special": true}, {"id": 101, "content": "[y]", "special": false}]"""
        );
        var ids = tokenizer.Encode("a[x][y]");
        tokenizer.Decode(ids).ShouldBe("a [x] [y]");
        tokenizer.Decode(ids, skipSpecialTokens: true).ShouldBe("a [y]");
        tokenizer.IsSpecial(100).ShouldBeTrue();
        tokenizer.IsSpecial(101).ShouldBeFalse();
        tokenizer.IdOf("[y]").ShouldBe(101);
        tokenizer.VocabularySize.ShouldBe(102);
        tokenizer.Decode([50, -1, 5000]).ShouldBeEmpty();
    }

    [Fact]
    public void Added_text_survives_a_decoder_of_bytes()
    {
        var tokenizer = TinyTokenizer.Load(
            TinyTokenizer.File(
                TinyTokenizer.ByteModel(),
                preTokenizer: """{"type": "ByteLevel", "add_prefix_space": false}""",
                decoder: """{"type": "ByteLevel"}""",
                addedTokens: """[{"id": 300, "content": "ü", "special": false}, {"id": 301, "content": "a 漢", "special": false}]"""
            )
        );
        const string Text = "für a 漢 û";
        tokenizer.Encode(Text).ShouldContain(300);
        tokenizer.Encode(Text).ShouldContain(301);
        tokenizer.Decode(tokenizer.Encode(Text)).ShouldBe(Text);
    }

    private static Tokenizer Load(string addedTokens) =>
        TinyTokenizer.Load(
            TinyTokenizer.File(
                TinyTokenizer.CharacterModel("a b x [ ] ▁ _ 1 ( )", ""),
                normalizer: """
                {"type": "Sequence", "normalizers": [{"type": "Lowercase"},
                  {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
                """,
                addedTokens: addedTokens
            )
        );
}
