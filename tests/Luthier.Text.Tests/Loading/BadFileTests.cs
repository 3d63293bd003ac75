using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Luthier.Formats;
using Luthier.Text.Tests.HuggingFace;

namespace Luthier.Text.Tests.Loading;

/// <summary>Whatever a file holds, loading and using it ends with a result or one clear sentence, in bounded memory.</summary>
public sealed class BadFileTests
{
    /// <summary>Tables that any model has, however small its file.</summary>
    private const long FixedBytes = 3 << 20;

    private const string ByteModel = """{"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}""";

    [Fact]
    public void Damaged_tokenizer_json_is_refused_or_works()
    {
        using var folder = TestData.TempFolder();
        ShouldSurviveDamage(Encoding.UTF8.GetBytes(EverythingJson()), folder["tokenizer.json"], tests: 500);
    }

    [Fact]
    public void Damaged_tokenizer_model_is_refused_or_works()
    {
        using var folder = TestData.TempFolder();
        ShouldSurviveDamage(SmallModel(), folder["tokenizer.model"], tests: 1000);
        var real = File.ReadAllBytes(TestData.Shared("data/stories260k/tokenizer.model"));
        ShouldSurviveDamage(real, folder["real.model"], tests: 300);
    }

    [Fact]
    public void Truncated_real_files_are_refused()
    {
        using var folder = TestData.TempFolder();
        foreach (var name in new[] { "llama2/tokenizer.json", "llama2.tokenizer.model" })
        {
            var bytes = File.ReadAllBytes(TestData.Shared($"data/tokenizers/{name}"));
            var path = folder[Path.GetFileName(name)];
            foreach (var length in new[] { 0, 1, 7, bytes.Length / 2, bytes.Length - 1 })
            {
                File.WriteAllBytes(path, bytes[..length]);
                var exception = Should.Throw<InvalidFileException>(() => Tokenizer.Load(path));
                exception.Message.ShouldStartWith(path + ": ");
                exception.Message.ShouldNotContain('\n');
            }
        }
    }

    [Theory]
    [InlineData("""[]""", "expected an object, found a list")]
    [InlineData("""{}""", "field model is missing")]
    [InlineData(
        """{"model": {"type": "WordPiece"}}""",
        "field model.type: expected BPE or Unigram, found \"WordPiece\""
    )]
    [InlineData(
        """{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}""",
        "field model.vocab.a: expected an integer from 0 to 1073741823, found -1"
    )]
    [InlineData(
        """{"model": {"type": "BPE", "vocab": {"a": 4294967295}, "merges": []}}""",
        "field model.vocab.a: expected an integer from 0"
    )]
    [InlineData(
        """{"model": {"type": "BPE", "vocab": {"a": 1e3}, "merges": []}}""",
        "field model.vocab.a: expected an integer from 0"
    )]
    [InlineData(
        """{"model": {"type": "BPE", "vocab": ["a"], "merges": []}}""",
        "field model.vocab: expected an object, found a list"
    )]
    [InlineData(
        """{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": ["a b"]}}""",
        "field model.merges[0]: the parts of a merge and the whole must be tokens of the vocabulary"
    )]
    [InlineData(
        """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}""",
        "field model.merges[0]: expected two tokens with one space between them, found \"a\""
    )]
    [InlineData(
        """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a"]]}}""",
        "field model.merges[0]: expected two tokens, found a list"
    )]
    [InlineData(
        """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1}}""",
        "field model.dropout: merges that are dropped at random are not supported"
    )]
    [InlineData(
        """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "u"}}""",
        "field model.unk_token: expected a token of the vocabulary, found \"u\""
    )]
    [InlineData(
        """{"model": {"type": "Unigram", "vocab": [["a"]]}}""",
        "field model.vocab[0]: expected a piece and its score, found a list"
    )]
    [InlineData(
        """{"model": {"type": "Unigram", "vocab": [["a", "NaN"]]}}""",
        "field model.vocab[0][1]: expected a number"
    )]
    [InlineData(
        """{"model": {"type": "Unigram", "vocab": [["a", 0]], "unk_id": 1}}""",
        "field model.unk_id: expected an integer from 0 to 0, found 1"
    )]
    [InlineData(
        """{"model": M, "normalizer": {"type": "Rot13"}}""",
        "field normalizer.type: expected the type of a normalizer that is supported, found \"Rot13\""
    )]
    [InlineData(
        """{"model": M, "normalizer": {"type": "Replace", "pattern": {"String": ""}, "content": ""}}""",
        "field normalizer.pattern.String: expected a string that is not empty"
    )]
    [InlineData(
        """{"model": M, "normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}}""",
        "field normalizer.precompiled_charsmap: is not a valid character map"
    )]
    [InlineData(
        """{"model": M, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated"}}""",
        "field pre_tokenizer.pattern.Regex: is not a regular expression that can be used: a group has no closing parenthesis"
    )]
    [InlineData(
        """{"model": M, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Isolate"}}""",
        "field pre_tokenizer.behavior: expected Removed, Isolated"
    )]
    [InlineData(
        """{"model": M, "pre_tokenizer": {"type": "Metaspace", "replacement": "__"}}""",
        "field pre_tokenizer.replacement: expected one character, found \"__\""
    )]
    [InlineData(
        """{"model": M, "decoder": {"type": "CTC"}}""",
        "field decoder.type: expected the type of a decoder that is supported, found \"CTC\""
    )]
    [InlineData(
        """{"model": M, "decoder": {"type": "Sequence", "decoders": [{"type": "Strip", "content": " ", "start": -1, "stop": 0}]}}""",
        "field decoder.decoders[0].start: expected an integer of 0 or more, found -1"
    )]
    [InlineData(
        """{"model": M, "post_processor": {"type": "TemplateProcessing", "single": [], "special_tokens": {}}}""",
        "field post_processor.single: expected one Sequence, found 0"
    )]
    [InlineData(
        """{"model": M, "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x"}}], "special_tokens": {}}}""",
        "field post_processor.special_tokens.x is missing"
    )]
    [InlineData("""{"model": M, "added_tokens": [{"id": 0}]}""", "field added_tokens[0].content is missing")]
    [InlineData(
        """{"model": M, "added_tokens": [{"content": "x", "id": "0"}]}""",
        "field added_tokens[0].id: expected an integer"
    )]
    [InlineData("""{"model": M, "added_tokens": [{"content": "\ud800", "id": 0}]}""", "is not valid Unicode")]
    public void Wrong_field_is_named(string json, string problem)
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["tokenizer.json"], json.Replace("M,", ByteModel + ",", StringComparison.Ordinal));
        var exception = Should.Throw<InvalidFileException>(() => Tokenizer.Load(folder["tokenizer.json"]));
        exception.Message.ShouldContain(problem);
        exception.Message.ShouldStartWith(folder["tokenizer.json"] + ": ");
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    [InlineData(
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {}, \"merges\": []}, \"normalizer\": {\"type\": \"Sequence\", \"normalizers\": ["
    )]
    public void Deep_nesting_is_refused(string opening)
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["tokenizer.json"], string.Concat(Enumerable.Repeat(opening, 100_000)));
        Should.Throw<InvalidFileException>(() => Tokenizer.Load(folder["tokenizer.json"]));
    }

    [Fact]
    public void Huge_ids_reserve_no_memory()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(
            folder["tokenizer.json"],
            """{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1073741823}, "merges": []}, "added_tokens": [{"id": 1073741822, "content": "[x]"}]}"""
        );
        var before = GC.GetAllocatedBytesForCurrentThread();
        var tokenizer = Tokenizer.Load(folder["tokenizer.json"]);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(FixedBytes);
        tokenizer.Encode("ab[x]").ShouldBe([0, 1073741823, 1073741822]);
        tokenizer.TokenOf(1073741823).ShouldBe("b");
        tokenizer.VocabularySize.ShouldBe(1 << 30);
    }

    [Fact]
    public void Expression_that_takes_forever_is_given_up()
    {
        using var folder = TestData.TempFolder();
        var json =
            """{"model": M, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(?:a|aa|a.)+\\z(?<=c)"}, "behavior": "Isolated"}}""";
        File.WriteAllText(folder["tokenizer.json"], json.Replace("M,", ByteModel + ",", StringComparison.Ordinal));
        var tokenizer = Tokenizer.Load(folder["tokenizer.json"]);
        Should
            .Throw<InvalidFileException>(() => tokenizer.Encode(new string('a', 5000) + "b"))
            .Message.ShouldContain("takes too long on this text");
    }

    public static TheoryData<string, Action<CodedOutputStream>> BadModels =>
        new()
        {
            { "0 of 0 pieces have type 2 (unknown), expected one", _ => { } },
            {
                "2 of 2 pieces have type 2",
                o =>
                {
                    WritePiece(o, "a", 0, 2);
                    WritePiece(o, "b", 0, 2);
                }
            },
            {
                "pieces[1] has no text",
                o =>
                {
                    WritePiece(o, "a", 0, 2);
                    WritePiece(o, "", 0, 1);
                }
            },
            {
                "pieces[1] has no text, no finite score",
                o =>
                {
                    WritePiece(o, "a", 0, 2);
                    WritePiece(o, "b", float.NaN, 1);
                }
            },
            {
                "no known type",
                o =>
                {
                    WritePiece(o, "a", 0, 2);
                    WritePiece(o, "b", 0, 9);
                }
            },
            {
                "pieces[1] has type 6 (byte)",
                o =>
                {
                    WritePiece(o, "a", 0, 2);
                    WritePiece(o, "b", 0, 6);
                }
            },
            {
                "trainer_spec.model_type is 3, expected 1 (unigram) or 2 (BPE)",
                o =>
                {
                    WritePiece(o, "a", 0, 2);
                    WriteMessage(
                        o,
                        2,
                        t =>
                        {
                            t.WriteTag(3, WireFormat.WireType.Varint);
                            t.WriteInt32(3);
                        }
                    );
                }
            },
            {
                "normalizer_spec.precompiled_charsmap is not a valid character map: its trie takes 4294967295 bytes",
                o =>
                {
                    WritePiece(o, "a", 0, 2);
                    WriteMessage(
                        o,
                        3,
                        n =>
                        {
                            n.WriteTag(2, WireFormat.WireType.LengthDelimited);
                            n.WriteBytes(ByteString.CopyFrom(255, 255, 255, 255, 0));
                        }
                    );
                }
            },
            {
                "denormalizer_spec.precompiled_charsmap is not supported",
                o =>
                {
                    WritePiece(o, "a", 0, 2);
                    WriteMessage(
                        o,
                        5,
                        n =>
                        {
                            n.WriteTag(2, WireFormat.WireType.LengthDelimited);
                            n.WriteBytes(ByteString.CopyFrom(1));
                        }
                    );
                }
            },
            {
                "is not a SentencePiece model",
                o =>
                {
                    WritePiece(o, "a", 0, 2);
                    o.WriteTag(1, WireFormat.WireType.LengthDelimited);
                    o.WriteLength(int.MaxValue);
                }
            },
            {
                "is not a SentencePiece model",
                o =>
                    WriteMessage(
                        o,
                        1,
                        p =>
                        {
                            p.WriteTag(1, WireFormat.WireType.LengthDelimited);
                            p.WriteBytes(ByteString.CopyFrom(0xFF));
                        }
                    )
            },
        };

    [Theory]
    [MemberData(nameof(BadModels), DisableDiscoveryEnumeration = true)]
    public void Wrong_field_of_a_model_is_named(string problem, Action<CodedOutputStream> write)
    {
        using var folder = TestData.TempFolder();
        File.WriteAllBytes(folder["tokenizer.model"], ToBytes(write));
        Should
            .Throw<InvalidFileException>(() => Tokenizer.Load(folder["tokenizer.model"]))
            .Message.ShouldContain(problem);
    }

    /// <summary>A file that uses nearly everything there is.</summary>
    private static string EverythingJson() =>
        TinyTokenizer.File(
            TinyTokenizer.CharacterModel(
                "<unk> <s> <0xC3> <0xA9> ▁ a b c ▁a ▁ab bc",
                "▁ a, ▁a b, b c",
                "\"unk_token\": \"<unk>\", \"fuse_unk\": true, \"byte_fallback\": true"
            ),
            """
            {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Strip"}, {"type": "Lowercase"},
              {"type": "Replace", "pattern": {"Regex": "[xy]{2,3}|\\p{Lu}+"}, "content": "a"}]}
            """,
            """
            {"type": "Sequence", "pretokenizers": [
              {"type": "Split", "pattern": {"Regex": "\\p{N}{1,3}"}, "behavior": "MergedWithNext", "invert": false},
              {"type": "Digits", "individual_digits": true}, {"type": "Punctuation", "behavior": "Contiguous"},
              {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}]}
            """,
            """
            {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
              "special_tokens": {"<s>": {"ids": [1]}}}
            """,
            """
            {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
              {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
            """,
            """[{"id": 1, "content": "<s>", "special": true}, {"id": 11, "content": "[x]", "lstrip": true, "single_word": true}]"""
        );

    private static byte[] SmallModel() =>
        ToBytes(output =>
        {
            WritePiece(output, "<unk>", 0, 2);
            WritePiece(output, "<s>", 0, 3);
            foreach (
                var (text, index) in new[] { "▁", "a", "b", "▁a", "ab", "▁ab", "bab", "é" }.Select((t, i) => (t, i))
            )
            {
                WritePiece(output, text, -index, index == 6 ? 4 : 1);
            }

            WriteMessage(
                output,
                2,
                t =>
                {
                    t.WriteTag(3, WireFormat.WireType.Varint);
                    t.WriteInt32(2);
                }
            );
            // One unit of a trie that leads nowhere, and one replacement.
            WriteMessage(
                output,
                3,
                n =>
                {
                    n.WriteTag(2, WireFormat.WireType.LengthDelimited);
                    n.WriteBytes(ByteString.CopyFrom(8, 0, 0, 0, 0, 4, 0, 0, 97, 1, 0, 0, 98, 0));
                }
            );
        });

    private static byte[] ToBytes(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            write(output);
        }

        return stream.ToArray();
    }

    private static void WritePiece(CodedOutputStream output, string text, float score, int type) =>
        WriteMessage(
            output,
            1,
            piece =>
            {
                piece.WriteTag(1, WireFormat.WireType.LengthDelimited);
                piece.WriteString(text);
                piece.WriteTag(2, WireFormat.WireType.Fixed32);
                piece.WriteFloat(score);
                piece.WriteTag(3, WireFormat.WireType.Varint);
                piece.WriteInt32(type);
            }
        );

    private static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(ToBytes(write)));
    }

    /// <summary>Overwrites, cuts and repeats bytes of a good file; it loads and works, or is refused.</summary>
    private static void ShouldSurviveDamage(byte[] good, string path, int tests)
    {
        var change =
            from offset in Gen.Choose(0, good.Length - 1)
            from value in Gen.Frequency(
                (2, Gen.Choose(0, 255)),
                (3, Gen.Elements("{}[]\",:\\0-9e+tfn( )|*"u8.ToArray()).Select(b => (int)b))
            )
            select (offset, (byte)value);
        var damage =
            from changes in change.ArrayOf()
            from start in Gen.Choose(0, good.Length)
            from to in Gen.Frequency((4, Gen.Constant(good.Length)), (1, Gen.Choose(0, good.Length)))
            select (changes, start, to);
        Prop.ForAll(
                damage.ToArbitrary(),
                item =>
                {
                    var bytes = (byte[])good.Clone();
                    foreach (var (offset, value) in item.changes)
                    {
                        bytes[offset] = value;
                    }

                    // With start after to, a part comes twice.
                    bytes = item.to == good.Length ? bytes : [.. bytes[..item.start], .. bytes[item.to..]];
                    File.WriteAllBytes(path, bytes);
                    LoadAndUse(path, bytes.Length);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(tests).WithEndSize(20).WithQuietOnSuccess(true));
    }

    private static void LoadAndUse(string path, long fileBytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var tokenizer = Tokenizer.Load(path);
            var ids = tokenizer.Encode("<s> bab ab [x] É 123!?\u00A0xyxy 🦙");
            tokenizer.Decode(ids);
            tokenizer.Decode([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        }
        catch (InvalidFileException exception)
        {
            exception.Message.ShouldNotContain('\n');
            exception.Message.ShouldStartWith(path + ": ");
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan((200 * fileBytes) + FixedBytes);
    }
}
