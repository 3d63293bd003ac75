using Luthier.Text.Tests.Reference;

namespace Luthier.Text.Tests.Gguf;

public sealed class GgufVectorTests
{
    [Theory]
    [InlineData("llama-spm")]
    [InlineData("gpt-2")]
    [InlineData("deepseek-llm")]
    public void Encodes_and_decodes_every_case(string name)
    {
        var tokenizer = Tokenizer.Load(TestData.Shared($"data/tokenizers/{name}.gguf"));
        foreach (var (text, ids) in VectorFile.Read($"data/tokenizers/{name}.gguf"))
        {
            tokenizer.Encode(text, addSpecialTokens: false).ShouldBe(ids, $"ids of «{text}»");
            tokenizer.Decode(ids).ShouldBe(text);
        }
    }

    // The same vocabularies in the form of their makers.
    [Theory]
    [InlineData("llama-spm", "llama2/tokenizer.json")]
    [InlineData("gpt-2", "gpt-2/tokenizer.json")]
    public void Agrees_with_the_original_on_any_text(string name, string original)
    {
        var expected = Tokenizer.Load(TestData.Shared($"data/tokenizers/{original}"));
        var tokenizer = Tokenizer.Load(TestData.Shared($"data/tokenizers/{name}.gguf"));
        tokenizer.VocabularySize.ShouldBe(expected.VocabularySize);
        TrickyText.ShouldHold(
            TrickyText.Any,
            text =>
            {
                var ids = expected.Encode(text, addSpecialTokens: false);
                tokenizer.Encode(text, addSpecialTokens: false).ShouldBe(ids);
                tokenizer.Decode(ids, skipSpecialTokens: true).ShouldBe(expected.Decode(ids, skipSpecialTokens: true));
            }
        );
    }
}
