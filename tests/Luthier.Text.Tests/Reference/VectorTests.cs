namespace Luthier.Text.Tests.Reference;

public sealed class VectorTests
{
    [Theory]
    [InlineData("data/tokenizers/gpt-2/tokenizer.json", "data/tokenizers/gpt-2.gguf")]
    [InlineData("data/tokenizers/llama2/tokenizer.json", "data/tokenizers/llama-spm.gguf")]
    [InlineData("data/tokenizers/llama2.tokenizer.model", "data/tokenizers/llama-spm.gguf")]
    [InlineData("data/tokenizers/llama3/tokenizer.json", "data/tokenizers/llama3/llama-bpe")]
    public void Encodes_and_decodes_every_case(string tokenizerPath, string vectors)
    {
        var tokenizer = Tokenizer.Load(TestData.Shared(tokenizerPath));
        foreach (var (text, ids) in VectorFile.Read(vectors))
        {
            tokenizer.Encode(text, addSpecialTokens: false).ShouldBe(ids, $"ids of «{text}»");
            tokenizer.Decode(ids).ShouldBe(text);
        }
    }
}
