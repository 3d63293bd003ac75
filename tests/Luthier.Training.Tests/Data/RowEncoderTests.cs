using Luthier.Text;
using Luthier.Text.Prompts;
using Luthier.Training.Data;

namespace Luthier.Training.Tests.Data;

/// <summary>Tokens and labels against what the rules of Alpaca-LoRA's finetune.py give by hand.</summary>
public sealed class RowEncoderTests
{
    private static readonly PromptTemplate Template = PromptTemplate.Load("alpaca_short");
    private readonly Tokenizer tokenizer = Tokenizer.Load(TestData.Shared("data/stories260k"));

    [Fact]
    public void ThePromptIsLearnedToo()
    {
        var sequence = Encode(new InstructionRow("", "Say it", "", "Once upon a time"));

        sequence.Ids.ShouldBe([.. tokenizer.Encode(Template.Render("Say it") + "Once upon a time"), End]);
        sequence.Labels.ShouldBe(sequence.Ids);
        sequence.Ids[0].ShouldBe(tokenizer.BosId!.Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OrOnlyTheAnswerWithItsEnd(bool addEos)
    {
        var sequence = Encode(
            new InstructionRow("", "Say it", "now", "Once upon a time"),
            trainOnInputs: false,
            addEos: addEos
        );

        var prompt = tokenizer.Encode(Template.Render("Say it", "now")).Length;
        sequence.Labels[..prompt].ShouldAllBe(label => label == -100);
        sequence.Labels[prompt..].ShouldBe(sequence.Ids[prompt..]);
        sequence.Ids[^1].ShouldBe(End);
        sequence.LabelCount.ShouldBe(sequence.Length - prompt);
    }

    [Fact]
    public void ACutRowHasNoEnd()
    {
        var sequence = Encode(new InstructionRow("", "Say it", "", "Once upon a time"), cutoff: 12);

        sequence.Length.ShouldBe(12);
        sequence.Ids.ShouldBe(tokenizer.Encode(Template.Render("Say it") + "Once upon a time")[..12]);
    }

    [Fact]
    public void ARowOfExactlyTheCutoffHasNoEndEither()
    {
        var length = tokenizer.Encode(Template.Render("Say it") + "Once").Length;
        Encode(new InstructionRow("", "Say it", "", "Once"), cutoff: length).Ids[^1].ShouldNotBe(End);
        Encode(new InstructionRow("", "Say it", "", "Once"), cutoff: length + 1).Ids[^1].ShouldBe(End);
    }

    // finetune.py subtracts the end-of-text token that it would have added to the prompt even where there was no room.
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public void APromptThatIsCutHidesOneTokenLessWithAddEosToken(bool addEos, int learned)
    {
        var sequence = Encode(
            new InstructionRow("", "Say it again and again", "", "Once"),
            cutoff: 10,
            trainOnInputs: false,
            addEos: addEos
        );

        sequence.LabelCount.ShouldBe(learned);
    }

    [Fact]
    public void OnlyRepliesOfAConversationAreLearned()
    {
        var row = new ConversationRow(
            "",
            [
                new(ChatRole.System, "Be brief."),
                new(ChatRole.User, "Hello"),
                new(ChatRole.Assistant, "Hi there"),
                new(ChatRole.User, "Bye"),
                new(ChatRole.Assistant, "See you"),
            ]
        );

        var chatml = Encode(row, chat: ChatFormat.Chatml, trainOnInputs: false);
        tokenizer
            .Decode(chatml.Ids, skipSpecialTokens: true)
            .Trim()
            .ShouldBe(
                "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n"
                    + "<|im_start|>assistant\nHi there<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n"
                    + "<|im_start|>assistant\nSee you<|im_end|>"
            );
        Learned(chatml).ShouldBe("Hi there<|im_end|>|See you<|im_end|>");

        var template = Encode(row, chat: ChatFormat.Template, trainOnInputs: false);
        Learned(template).ShouldBe("Hi there</s>|See you</s>");
        template
            .Ids[..tokenizer.Encode(Template.Render("Be brief.\n\nHello")).Length]
            .ShouldBe(tokenizer.Encode(Template.Render("Be brief.\n\nHello")));
        Encode(row, chat: ChatFormat.Template).Labels.ShouldBe(template.Ids);
    }

    [Fact]
    public void TextIsCutIntoPieces()
    {
        var text = string.Concat(Enumerable.Repeat("Once upon a time. ", 20));
        var pieces = Encoder(cutoff: 16).Encode(new TextRow("", text)).ToList();

        int[] whole = [.. tokenizer.Encode(text), End];
        pieces.SelectMany(piece => piece.Ids).ShouldBe(whole.Take(pieces.Sum(piece => piece.Length)));
        pieces.Sum(piece => piece.Length).ShouldBeGreaterThanOrEqualTo(whole.Length - 1);
        pieces.SkipLast(1).ShouldAllBe(piece => piece.Length == 16);
        pieces.ShouldAllBe(piece => piece.Length > 1 && piece.Labels.SequenceEqual(piece.Ids));
    }

    private int End => tokenizer.EosId!.Value;

    private string Learned(TokenSequence sequence)
    {
        List<string> parts = [];
        var start = -1;
        for (var i = 0; i <= sequence.Length; i++)
        {
            var learned = i < sequence.Length && sequence.Labels[i] != -100;
            if (learned && start < 0)
            {
                start = i;
            }
            else if (!learned && start >= 0)
            {
                parts.Add(tokenizer.Decode(sequence.Ids.AsSpan(start, i - start)).Trim());
                start = -1;
            }
        }

        return string.Join('|', parts);
    }

    private TokenSequence Encode(
        DataRow row,
        int cutoff = 256,
        bool trainOnInputs = true,
        bool addEos = false,
        ChatFormat chat = ChatFormat.Chatml
    ) => Encoder(cutoff, trainOnInputs, addEos, chat).Encode(row).Single();

    private RowEncoder Encoder(
        int cutoff = 256,
        bool trainOnInputs = true,
        bool addEos = false,
        ChatFormat chat = ChatFormat.Chatml
    ) => new(tokenizer, Template, new EncodingSettings(cutoff, trainOnInputs, addEos, chat));
}
