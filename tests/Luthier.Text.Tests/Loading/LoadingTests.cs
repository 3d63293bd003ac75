using Luthier.Formats;
using Luthier.Text.Tests.HuggingFace;

namespace Luthier.Text.Tests.Loading;

public sealed class LoadingTests
{
    private const string Added = """
        [{"id": 3, "content": "<s>", "special": true}, {"id": 4, "content": "</s>", "special": true},
         {"id": 5, "content": "[PAD]", "special": true}]
        """;

    private const string Template = """
        {"type": "TemplateProcessing",
          "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
          "special_tokens": {"<s>": {"id": "<s>", "ids": [3], "tokens": ["<s>"]}}}
        """;

    private static readonly string Model = TinyTokenizer.CharacterModel("a b c", "");

    [Theory]
    [InlineData("""{}""", "3 0")]
    [InlineData("""{"add_bos_token": false}""", "0")]
    [InlineData("""{"add_bos_token": true, "add_eos_token": true}""", "3 0 4")]
    [InlineData("""{"add_eos_token": true, "eos_token": "c"}""", "3 0 2")]
    public void Configuration_decides_about_bos_and_eos(string config, string ids)
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(
            folder["tokenizer.json"],
            TinyTokenizer.File(Model, postProcessor: Template, addedTokens: Added)
        );
        File.WriteAllText(folder["tokenizer_config.json"], config);
        string.Join(' ', Tokenizer.Load(folder).Encode("a")).ShouldBe(ids);
        Tokenizer.Load(folder).Encode("a", addSpecialTokens: false).ShouldBe([0]);
    }

    [Fact]
    public void Special_tokens_come_from_the_configuration_or_the_map_or_their_usual_names()
    {
        using var folder = TestData.TempFolder();
        File.WriteAllText(folder["tokenizer.json"], TinyTokenizer.File(Model, addedTokens: Added));
        var bare = Tokenizer.Load(folder);
        (bare.BosId, bare.EosId, bare.PadId, bare.UnkId).ShouldBe((3, 4, 5, null));
        File.WriteAllText(
            folder["tokenizer_config.json"],
            """{"bos_token": {"content": "a"}, "unk_token": "b", "pad_token": null}"""
        );
        File.WriteAllText(folder["special_tokens_map.json"], """{"bos_token": "c", "eos_token": "c"}""");
        var configured = Tokenizer.Load(folder);
        (configured.BosId, configured.EosId, configured.PadId, configured.UnkId).ShouldBe((0, 2, 5, 1));
    }

    [Theory]
    [InlineData("""{"type": "RobertaProcessing", "cls": ["<s>", 3], "sep": ["</s>", 4]}""", "3 0 4")]
    [InlineData("""{"type": "BertProcessing", "cls": ["<s>", 3], "sep": ["</s>", 4]}""", "3 0 4")]
    [InlineData("""{"type": "ByteLevel", "trim_offsets": true}""", "0")]
    [InlineData(
        """{"type": "Sequence", "processors": [{"type": "ByteLevel"}, {"type": "BertProcessing", "cls": ["<s>", 3], "sep": ["</s>", 4]}]}""",
        "3 0 4"
    )]
    public void Post_processor_surrounds_the_text(string processor, string ids) =>
        string.Join(
                ' ',
                TinyTokenizer.Load(TinyTokenizer.File(Model, postProcessor: processor, addedTokens: Added)).Encode("a")
            )
            .ShouldBe(ids);

    [Fact]
    public void Sentencepiece_folder_takes_added_tokens_from_the_configuration()
    {
        using var folder = TestData.TempFolder();
        File.Copy(TestData.Shared("data/stories260k/tokenizer.model"), folder["tokenizer.model"]);
        File.WriteAllText(folder["added_tokens.json"], """{"<pad>": 512}""");
        File.WriteAllText(
            folder["tokenizer_config.json"],
            """{"add_bos_token": false, "pad_token": "<pad>", "added_tokens_decoder": {"1": {"content": "<s>", "special": true}}}"""
        );
        var tokenizer = Tokenizer.Load(folder);
        tokenizer.VocabularySize.ShouldBe(513);
        (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId).ShouldBe((1, 2, 512));
        tokenizer.Encode("<pad><s>").ShouldBe([512, 1]);
    }

    [Fact]
    public void Bare_sentencepiece_file_puts_bos_before_the_text()
    {
        var tokenizer = Tokenizer.Load(TestData.Shared("data/tokenizers/llama2.tokenizer.model"));
        (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.UnkId).ShouldBe((1, 2, null, 0));
        tokenizer.Encode("Hello").ShouldBe([1, 15043]);
        tokenizer.Decode([1, 15043, 2], skipSpecialTokens: true).ShouldBe("Hello");
        tokenizer.Encode("<s>", addSpecialTokens: false).ShouldNotContain(1);
    }

    [Fact]
    public void Files_are_copied_under_the_names_that_readers_look_for()
    {
        using var source = TestData.TempFolder();
        using var target = TestData.TempFolder();
        File.WriteAllText(source["tokenizer.json"], TinyTokenizer.File(Model, addedTokens: Added));
        File.WriteAllText(source["special_tokens_map.json"], "{}");
        File.WriteAllText(source["model.safetensors"], "");
        Tokenizer.Load(source).CopyFilesTo(target["folder"]);
        Directory
            .GetFiles(target["folder"])
            .Select(Path.GetFileName)
            .Order(StringComparer.Ordinal)
            .ShouldBe(["special_tokens_map.json", "tokenizer.json"]);
        Tokenizer.Load(target["folder"]).CopyFilesTo(target["folder"]);

        File.Move(source["tokenizer.json"], source["my.json"]);
        Tokenizer.Load(source["my.json"]).CopyFilesTo(target["single"]);
        Tokenizer.Load(target["single"]).Encode("abc").ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void Path_without_a_tokenizer_is_explained()
    {
        using var folder = TestData.TempFolder();
        Should
            .Throw<InvalidFileException>(() => Tokenizer.Load(folder))
            .Message.ShouldBe($"{folder.Path}: has no tokenizer: expected tokenizer.json or tokenizer.model in it");
        Should.Throw<FileNotFoundException>(() => Tokenizer.Load(folder["none.json"]));
        Should.Throw<FileNotFoundException>(() => Tokenizer.Load(folder["none.model"]));
        Should.Throw<FileNotFoundException>(() => Tokenizer.Load(folder["none"]));
    }
}
