using System.Text;

namespace Luthier.Text.Tests;

public sealed class TokenBytesTests
{
    public static TheoryData<string> Tokenizers { get; } =
    [
        "data/tokenizers/gpt-2",
        "data/tokenizers/llama2",
        "data/tokenizers/llama3",
        "data/tokenizers/llama2.tokenizer.model",
    ];

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void The_bytes_of_a_texts_tokens_are_the_texts(string path)
    {
        var tokenizer = Tokenizer.Load(TestData.Shared(path));
        const string Text = "a {\"name\": [1, 2.5e3], \"größe\":\t\"漢字 🙂 \\u00e9\"}\n\n  indented <0x0A>";
        byte[] bytes =
        [
            .. tokenizer
                .Encode(Text, addSpecialTokens: false)
                .SelectMany(id => tokenizer.BytesOf(id).ShouldNotBeNull()),
        ];
        Encoding.UTF8.GetString(bytes).TrimStart(' ').ShouldBe(Text);
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Every_byte_has_a_token(string path)
    {
        var tokenizer = Tokenizer.Load(TestData.Shared(path));
        var single = Enumerable
            .Range(0, tokenizer.VocabularySize)
            .Select(tokenizer.BytesOf)
            .Where(bytes => bytes?.Length == 1)
            .Select(bytes => bytes![0]);
        single.Distinct().Count().ShouldBe(256);
    }

    [Fact]
    public void A_mark_is_a_space_whatever_comes_before()
    {
        var tokenizer = Tokenizer.Load(TestData.Shared("data/tokenizers/llama2"));
        tokenizer.BytesOf(tokenizer.IdOf("▁the")!.Value).ShouldBe(" the"u8.ToArray());
        tokenizer.BytesOf(tokenizer.IdOf("<0x0A>")!.Value).ShouldBe("\n"u8.ToArray());
    }

    [Fact]
    public void Ids_without_a_token_have_no_bytes()
    {
        var tokenizer = Tokenizer.Load(TestData.Shared("data/tokenizers/gpt-2"));
        tokenizer.BytesOf(-1).ShouldBeNull();
        tokenizer.BytesOf(tokenizer.VocabularySize).ShouldBeNull();
    }
}
