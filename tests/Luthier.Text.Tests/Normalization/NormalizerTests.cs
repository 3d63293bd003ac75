using Luthier.Formats.Json;
using Luthier.Text.HuggingFace;

namespace Luthier.Text.Tests.Normalization;

public sealed class NormalizerTests
{
    [Theory]
    [InlineData("""{"type": "Prepend", "prepend": "▁"}""", "a", "▁a")]
    [InlineData("""{"type": "Prepend", "prepend": "▁"}""", "", "")]
    [InlineData("""{"type": "Replace", "pattern": {"String": "ab"}, "content": "$1"}""", "xabab", "x$1$1")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "_"}""", "a   b c  ", "a_b c_")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "(?=b)"}, "content": "-"}""", "abb", "a-b-b")]
    [InlineData("""{"type": "NFC"}""", "e\u0301", "é")]
    [InlineData("""{"type": "NFD"}""", "é", "e\u0301")]
    [InlineData("""{"type": "NFKC"}""", "ﬁ", "fi")]
    [InlineData("""{"type": "NFKD"}""", "ﬁé", "fie\u0301")]
    [InlineData("""{"type": "Lowercase"}""", "ÀİΣ𐐀", "ài\u0307σ𐐨")]
    [InlineData("""{"type": "Strip", "strip_left": true, "strip_right": true}""", "\u3000 a \n", "a")]
    [InlineData("""{"type": "Strip", "strip_left": false, "strip_right": true}""", " a ", " a")]
    [InlineData("""{"type": "StripAccents"}""", "e\u0301a\u20DD\U0001D165", "ea")]
    [InlineData("""{"type": "ByteLevel"}""", " é", "ĠÃ©")]
    [InlineData(
        """{"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}]}""",
        "Ångström",
        "Angstrom"
    )]
    [InlineData("""{"type": "Sequence", "normalizers": []}""", "a", "a")]
    public void Normalizer_rewrites(string json, string text, string expected) =>
        NormalizerReader
            .Read(JsonFile.Parse("tokenizer.json", System.Text.Encoding.UTF8.GetBytes(json)))
            .Normalize(text)
            .ShouldBe(expected);
}
