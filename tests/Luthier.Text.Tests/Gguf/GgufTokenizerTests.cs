using Luthier.Formats;
using Luthier.Formats.Gguf;

namespace Luthier.Text.Tests.Gguf;

public sealed class GgufTokenizerTests
{
    [Fact]
    public void Added_tokens_frame_and_template_come_from_the_metadata()
    {
        using var folder = TestData.TempFolder();
        var tokenizer = Load(
            folder,
            BytePairs(
                GgufValue.Of("tokenizer.ggml.bos_token_id", 3),
                GgufValue.Of("tokenizer.ggml.eos_token_id", 3),
                GgufValue.Of("tokenizer.ggml.add_bos_token", value: true),
                GgufValue.Of("tokenizer.ggml.add_eos_token", value: true),
                GgufValue.Of("tokenizer.chat_template", "{{ messages }}")
            )
        );
        tokenizer.Encode("ab").ShouldBe([3, 2, 3]);
        tokenizer.Encode("a<end>b x", addSpecialTokens: false).ShouldBe([0, 3, 1, 4]);
        tokenizer.IsSpecial(3).ShouldBeTrue();
        tokenizer.IsSpecial(4).ShouldBeFalse();
        tokenizer.Decode([0, 3, 4]).ShouldBe("a<end> x");
        tokenizer.Decode([0, 3, 4], skipSpecialTokens: true).ShouldBe("a x");
        (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId).ShouldBe((3, 3, null));
        tokenizer.ChatTemplates.Single().Text.ShouldBe("{{ messages }}");
        tokenizer.SpecialTokens["bos_token"].ShouldBe("<end>");
    }

    [Theory]
    [InlineData(true, new[] { 1, 4, 5 })]
    [InlineData(false, new[] { 1, 5 })]
    public void SentencePiece_puts_a_space_before_text_where_the_file_says_so(bool prefix, int[] ids)
    {
        using var folder = TestData.TempFolder();
        var tokenizer = Load(folder, Pieces(GgufValue.Of("tokenizer.ggml.add_space_prefix", prefix)));
        tokenizer.Encode("a").ShouldBe(ids);
        tokenizer.Decode(ids, skipSpecialTokens: true).ShouldBe("a");
    }

    [Fact]
    public void SentencePiece_merges_the_best_score_first_and_spells_the_unknown_in_bytes()
    {
        using var folder = TestData.TempFolder();
        var tokenizer = Load(folder, Pieces(GgufValue.Of("tokenizer.ggml.add_space_prefix", value: false)));

        // b and c make the better pair; é has no token but two bytes, of which one is missing.
        tokenizer.Encode("abc", addSpecialTokens: false).ShouldBe([5, 9]);
        tokenizer.Encode("\n", addSpecialTokens: false).ShouldBe([3]);
        tokenizer.Encode("é", addSpecialTokens: false).ShouldBe([0]);
        tokenizer.Encode("<s>a", addSpecialTokens: false).ShouldBe([1, 5]);
    }

    public static TheoryData<string, GgufValue> Mistakes =>
        new()
        {
            {
                "metadata tokenizer.ggml.model: expected llama (SentencePiece) or gpt2 (byte-level BPE), found \"bert\"",
                GgufValue.Of("tokenizer.ggml.model", "bert")
            },
            { "metadata tokenizer.ggml.model: expected llama", GgufValue.Of("tokenizer.ggml.model", "t5") },
            { "metadata tokenizer.ggml.scores is missing", GgufValue.Of("tokenizer.ggml.model", "llama") },
            {
                "metadata tokenizer.ggml.pre: expected one of default, gpt-2,",
                GgufValue.Of("tokenizer.ggml.pre", "new-model")
            },
            {
                "metadata tokenizer.ggml.tokens: expected at least one token",
                GgufValue.Of("tokenizer.ggml.tokens", Array.Empty<string>())
            },
            {
                "metadata tokenizer.ggml.tokens: expected a list of strings, found 7",
                GgufValue.Of("tokenizer.ggml.tokens", 7)
            },
            {
                "metadata tokenizer.ggml.token_type: has 1 types for 5 tokens",
                GgufValue.Of("tokenizer.ggml.token_type", (ReadOnlySpan<int>)[1])
            },
            {
                "metadata tokenizer.ggml.merges: item 0: expected two tokens with one space between them",
                GgufValue.Of("tokenizer.ggml.merges", ["ab"])
            },
            {
                "metadata tokenizer.ggml.merges: item 1: the parts of a merge and the whole must be tokens",
                GgufValue.Of("tokenizer.ggml.merges", ["a b", "b a"])
            },
            {
                "metadata tokenizer.ggml.eos_token_id: expected an integer from 0 to 4, found 5",
                GgufValue.Of("tokenizer.ggml.eos_token_id", 5)
            },
            {
                "metadata tokenizer.ggml.add_bos_token: expected true or false, found 1",
                GgufValue.Of("tokenizer.ggml.add_bos_token", 1)
            },
        };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public void Says_what_is_wrong(string complaint, GgufValue value)
    {
        using var folder = TestData.TempFolder();
        var exception = Should.Throw<InvalidFileException>(() => Load(folder, BytePairs(value)));
        exception.Message.ShouldStartWith(folder["a.gguf"] + ": " + complaint);
    }

    [Fact]
    public void A_file_without_a_tokenizer_is_refused()
    {
        using var folder = TestData.TempFolder();
        Should
            .Throw<InvalidFileException>(() => Load(folder, []))
            .Message.ShouldContain("metadata tokenizer.ggml.model is missing");
    }

    [Fact]
    public void Damaged_files_are_refused_or_work()
    {
        using var folder = TestData.TempFolder();
        var random = new Random(1);
        foreach (var metadata in (GgufValue[][])[BytePairs(), Pieces()])
        {
            GgufWriter.Write(folder["a.gguf"], metadata, []);
            var good = File.ReadAllBytes(folder["a.gguf"]);
            for (var trial = 0; trial < 400; trial++)
            {
                var bytes = (byte[])good.Clone();
                for (var change = random.Next(1, 4); change > 0; change--)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }

                File.WriteAllBytes(folder["a.gguf"], bytes);
                try
                {
                    var tokenizer = Tokenizer.Load(folder["a.gguf"]);
                    tokenizer.Decode(tokenizer.Encode("abc a <end>é\n"));
                }
                catch (InvalidFileException exception)
                {
                    exception.Message.ShouldNotContain('\n');
                }
            }
        }
    }

    private static Tokenizer Load(TempFolder folder, GgufValue[] metadata)
    {
        GgufWriter.Write(folder["a.gguf"], metadata, []);
        return Tokenizer.Load(folder["a.gguf"]);
    }

    private static GgufValue[] BytePairs(params ReadOnlySpan<GgufValue> values) =>
        With(
            [
                GgufValue.Of("tokenizer.ggml.model", "gpt2"),
                GgufValue.Of("tokenizer.ggml.pre", "gpt-2"),
                GgufValue.Of("tokenizer.ggml.tokens", ["a", "b", "ab", "<end>", " x"]),
                GgufValue.Of("tokenizer.ggml.token_type", (ReadOnlySpan<int>)[1, 1, 1, 3, 4]),
                GgufValue.Of("tokenizer.ggml.merges", ["a b"]),
            ],
            values
        );

    private static GgufValue[] Pieces(params ReadOnlySpan<GgufValue> values) =>
        With(
            [
                GgufValue.Of("tokenizer.ggml.model", "llama"),
                GgufValue.Of(
                    "tokenizer.ggml.tokens",
                    ["<unk>", "<s>", "</s>", "<0x0A>", "▁", "a", "b", "c", "ab", "bc", "<0xC3>"]
                ),
                GgufValue.Of("tokenizer.ggml.scores", (ReadOnlySpan<float>)[0, 0, 0, 0, -9, -9, -9, -9, -2, -1, 0]),
                GgufValue.Of("tokenizer.ggml.token_type", (ReadOnlySpan<int>)[2, 3, 3, 6, 1, 1, 1, 1, 1, 1, 6]),
                GgufValue.Of("tokenizer.ggml.bos_token_id", 1),
                GgufValue.Of("tokenizer.ggml.eos_token_id", 2),
            ],
            values
        );

    // Given values take the place of the usual ones.
    private static GgufValue[] With(GgufValue[] usual, ReadOnlySpan<GgufValue> values)
    {
        var all = new OrderedDictionary<string, GgufValue>(StringComparer.Ordinal);
        foreach (var value in (ReadOnlySpan<GgufValue>)[.. usual, .. values])
        {
            all[value.Key] = value;
        }

        return [.. all.Values];
    }
}
