using System.Text.Json.Nodes;
using Luthier.Formats;
using Luthier.Formats.Gguf;
using Luthier.Text.Chat;
using Luthier.Text.Gguf;
using Luthier.Text.Loading;

namespace Luthier.Text.Tests.Gguf;

public sealed class GgufTokenizerExportTests
{
    [Theory]
    [InlineData("llama2/tokenizer.json", "tokenizer.json", 32000, "llama", "default")]
    [InlineData("llama3/tokenizer.json", "tokenizer.json", 128256, "gpt2", "llama-bpe")]
    [InlineData("gpt-2/tokenizer.json", "tokenizer.json", 50257, "gpt2", "gpt-2")]
    public void A_tokenizer_gives_the_same_ids_from_a_GGUF_file(
        string source,
        string name,
        int size,
        string model,
        string pre
    )
    {
        using var folder = TestData.TempFolder();
        File.Copy(TestData.Shared($"data/tokenizers/{source}"), folder[name]);
        var expected = Tokenizer.Load(folder);
        var tokenizer = Export(folder, size, out var metadata);
        metadata["tokenizer.ggml.model"].AsString().ShouldBe(model);
        metadata["tokenizer.ggml.pre"].AsString().ShouldBe(pre);
        (tokenizer.BosId, tokenizer.EosId, tokenizer.UnkId).ShouldBe((expected.BosId, expected.EosId, expected.UnkId));
        TrickyText.ShouldHold(
            TrickyText.Any,
            text =>
            {
                var ids = expected.Encode(text);
                tokenizer.Encode(text).ShouldBe(ids);
                tokenizer.Decode(ids, skipSpecialTokens: true).ShouldBe(expected.Decode(ids, skipSpecialTokens: true));
            },
            tests: 200
        );
    }

    [Fact]
    public void A_SentencePiece_model_gives_the_same_ids_from_a_GGUF_file()
    {
        using var folder = TestData.TempFolder();
        File.Copy(TestData.Shared("data/tokenizers/llama2.tokenizer.model"), folder["tokenizer.model"]);
        var expected = Tokenizer.Load(folder);
        var tokenizer = Export(folder, 32003, out var metadata);

        // Tokens that the model has rows for, but no text.
        metadata["tokenizer.ggml.tokens"].AsStrings()[^3..].ShouldBe(["[PAD32000]", "[PAD32001]", "[PAD32002]"]);
        TrickyText.ShouldHold(
            TrickyText.Any,
            text =>
            {
                // Control tokens are sought in text here, as in Hugging Face's tokenizers.
                text = text.Replace('<', '(');
                tokenizer.Encode(text).ShouldBe(expected.Encode(text));
            },
            tests: 200
        );
    }

    [Fact]
    public void Each_rule_is_found_again_by_how_it_cuts()
    {
        using var folder = TestData.TempFolder();
        File.Copy(TestData.Shared("data/tokenizers/gpt-2/tokenizer.json"), folder["tokenizer.json"]);
        var (parts, _) = TokenizerLoader.Load(folder);
        foreach (var rule in GgufPreTokenization.All)
        {
            var cut = parts with { PreTokenizer = rule.Create("") };
            GgufPreTokenization.Find(cut, rule.IgnoresMerges).ShouldBe(rule, rule.Names[0]);
        }
    }

    [Fact]
    public void Added_tokens_and_the_chat_template_are_written()
    {
        using var folder = TestData.TempFolder();
        var root = JsonNode.Parse(File.ReadAllText(TestData.Shared("data/tokenizers/gpt-2/tokenizer.json")))!;
        foreach (
            var (content, id, special) in (ReadOnlySpan<(string, int, bool)>)
                [("<think>", 50257, false), ("<|im_end|>", 50258, true)]
        )
        {
            root["added_tokens"]!
                .AsArray()
                .Add(
                    new JsonObject
                    {
                        ["id"] = id,
                        ["content"] = content,
                        ["special"] = special,
                    }
                );
        }

        File.WriteAllText(folder["tokenizer.json"], root.ToJsonString());
        File.WriteAllText(
            folder["tokenizer_config.json"],
            """
            {"eos_token": "<|im_end|>", "chat_template": [
                {"name": "default", "template": "{{ x }}"}, {"name": "tool_use", "template": "{{ tools }}"}]}
            """
        );
        var tokenizer = Export(folder, 50260, out var metadata);
        metadata["tokenizer.ggml.token_type"].AsInt32s()[^3..].ShouldBe([4, 3, 5]);
        tokenizer.EosId.ShouldBe(50258);
        var template = ChatTemplate.Of(tokenizer)!;
        template.Text(withTools: false).ShouldBe("{{ x }}");
        template.Text(withTools: true).ShouldBe("{{ tools }}");
        template.SpecialTokens["eos_token"].ShouldBe("<|im_end|>");
        tokenizer.Encode("a<think>b<|im_end|>").ShouldBe([64, 50257, 65, 50258]);
    }

    [Fact]
    public void A_tokenizer_larger_than_the_model_is_refused()
    {
        using var folder = TestData.TempFolder();
        File.Copy(TestData.Shared("data/tokenizers/llama2.tokenizer.model"), folder["tokenizer.model"]);
        Should
            .Throw<InvalidFileException>(() => GgufTokenizerExport.Of(folder, 31999))
            .Message.ShouldContain("of id 31999, but the model has only 31999");
    }

    [Fact]
    public void A_way_of_cutting_without_a_name_is_refused()
    {
        using var folder = TestData.TempFolder();
        var root = JsonNode.Parse(File.ReadAllText(TestData.Shared("data/tokenizers/gpt-2/tokenizer.json")))!;
        root["pre_tokenizer"]!["add_prefix_space"] = true;
        File.WriteAllText(folder["tokenizer.json"], root.ToJsonString());
        Should
            .Throw<InvalidFileException>(() => GgufTokenizerExport.Of(folder, 50257))
            .Message.ShouldContain("cuts text in a way for which GGUF files have no name");
    }

    private static Tokenizer Export(TempFolder folder, int size, out Dictionary<string, GgufValue> metadata)
    {
        var values = GgufTokenizerExport.Of(folder, size);
        metadata = values.ToDictionary(value => value.Key, StringComparer.Ordinal);
        GgufWriter.Write(folder["a.gguf"], [.. values], []);
        return Tokenizer.Load(folder["a.gguf"]);
    }
}
