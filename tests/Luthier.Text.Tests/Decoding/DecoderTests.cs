using Luthier.Formats.Json;
using Luthier.Text.Decoding;
using Luthier.Text.HuggingFace;

namespace Luthier.Text.Tests.Decoding;

public sealed class DecoderTests
{
    private const string Fused = """{"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 1}""";

    [Theory]
    [InlineData("null", "a|b", "a b")]
    [InlineData("""{"type": "ByteLevel"}""", "ĠÃ|©", " é")]
    [InlineData("""{"type": "ByteLevel"}""", "a|ð|ŁĴ|b", "a\uFFFDb")]
    [InlineData("""{"type": "ByteLevel"}""", "ð|Ł", "\uFFFD")]
    [InlineData("""{"type": "Fuse"}""", "a|b", "ab")]
    [InlineData("""{"type": "ByteFallback"}""", "a|<0xC3>|<0xA9>|b", "aéb")]
    [InlineData("""{"type": "ByteFallback"}""", "<0x61>|<0xC3>|b", "\uFFFD\uFFFDb")]
    [InlineData("""{"type": "ByteFallback"}""", "<0x61>|<0xZZ>|<0x1>", "a<0xZZ><0x1>")]
    [InlineData("""{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}""", "▁a▁b", " a b")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "[xy]+"}, "content": "-"}""", "xy|y", "--")]
    [InlineData("""{"type": "Strip", "content": "_", "start": 1, "stop": 2}""", "__a___|_|b_", "_a_b")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}""", "▁a|▁b", "a b")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"}""", "▁a|▁b", " a b")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "add_prefix_space": false}""", "▁a|▁b", " a b")]
    [InlineData("""{"type": "WordPiece", "prefix": "##", "cleanup": true}""", "do|##ing|it|.", "doing it.")]
    [InlineData("""{"type": "WordPiece", "prefix": "##", "cleanup": false}""", "do|##ing|.", "doing .")]
    [InlineData("""{"type": "Sequence", "decoders": [""" + Fused + "]}", "  a| b | | ", " a b  ")]
    [InlineData(
        """{"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "Replace", "pattern": {"String": "ab"}, "content": "x"}]}""",
        "a|b|ab",
        "xx"
    )]
    public void Decoder_joins_tokens(string json, string tokens, string expected)
    {
        var field = JsonFile.Parse("tokenizer.json", System.Text.Encoding.UTF8.GetBytes($"{{\"decoder\": {json}}}"));
        var collector = new TextCollector();
        var stage = DecoderReader.Read(field.Find("decoder")).Factory(collector);
        foreach (var token in tokens.Split('|'))
        {
            stage.Write(token);
            stage.EndToken();
        }

        stage.End();
        collector.Take().ShouldBe(expected);
    }

    [Fact]
    public void Character_is_handed_out_when_its_last_byte_is_there()
    {
        var tokenizer = Tokenizer.Load(TestData.Shared("data/tokenizers/gpt-2/tokenizer.json"));
        var decoder = tokenizer.CreateDecoder();
        var parts = tokenizer.Encode("🦙é").Select(decoder.Push).ToList();
        parts.ShouldContain(p => p.Length == 0);
        string.Concat(parts).ShouldBe("🦙é");
        parts.Where(p => p.Length > 0).ShouldBe(["🦙", "é"]);
        decoder.Flush().ShouldBeEmpty();
    }

    [Fact]
    public void Text_is_handed_out_at_once_where_it_is_certain()
    {
        var tokenizer = Tokenizer.Load(TestData.Shared("data/tokenizers/llama2/tokenizer.json"));
        var decoder = tokenizer.CreateDecoder(skipSpecialTokens: true);
        tokenizer.Encode("Hello wide world").Select(decoder.Push).ShouldBe(["", "Hello", " wide", " world"]);
    }

    [Fact]
    public void Flush_begins_another_sequence()
    {
        var tokenizer = Tokenizer.Load(TestData.Shared("data/tokenizers/llama2/tokenizer.json"));
        var decoder = tokenizer.CreateDecoder(skipSpecialTokens: true);
        for (var round = 0; round < 2; round++)
        {
            string.Concat(tokenizer.Encode("Hi 🦙").Select(decoder.Push)).ShouldStartWith("Hi ");
            decoder.Flush().ShouldBe("🦙");
        }
    }
}
