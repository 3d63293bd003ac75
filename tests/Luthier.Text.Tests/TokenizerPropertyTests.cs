using FsCheck;
using FsCheck.Fluent;

namespace Luthier.Text.Tests;

/// <summary>What holds for any text and any ids, with real tokenizers.</summary>
public sealed class TokenizerPropertyTests
{
    private const string Gpt2 = "data/tokenizers/gpt-2/tokenizer.json";
    private const string Llama2 = "data/tokenizers/llama2/tokenizer.json";
    private const string Llama2Model = "data/tokenizers/llama2.tokenizer.model";
    private const string Llama3 = "data/tokenizers/llama3/tokenizer.json";
    private const string Stories = "data/stories260k/tokenizer.model";

    [Theory]
    [InlineData(Gpt2)]
    [InlineData(Llama3)]
    [InlineData(Llama2)]
    [InlineData(Llama2Model)]
    public void Any_text_comes_back(string path)
    {
        var tokenizer = Tokenizer.Load(TestData.Shared(path));
        // SentencePiece's mark of spaces is the one character that its tokenizers can't tell from a space.
        var marksSpaces = path is Llama2 or Llama2Model;
        TrickyText.ShouldHold(
            TrickyText.Any,
            text =>
            {
                var ids = tokenizer.Encode(text, addSpecialTokens: false);
                Array.TrueForAll(ids, id => tokenizer.TokenOf(id) is not null).ShouldBeTrue();
                var expected = WellFormedText.Of(text);
                expected = marksSpaces ? expected.Replace('▁', ' ') : expected;
                // An added token in front takes the place of the text's start, whose space then stays.
                var decoded = tokenizer.Decode(ids);
                if (!ids.Any(tokenizer.IsSpecial) || !marksSpaces)
                {
                    decoded.ShouldBe(expected);
                }
            }
        );
    }

    [Theory]
    [InlineData(Gpt2)]
    [InlineData(Llama3)]
    [InlineData(Llama2)]
    [InlineData(Llama2Model)]
    [InlineData(Stories)]
    public void Streamed_text_is_the_whole_text(string path)
    {
        var tokenizer = Tokenizer.Load(TestData.Shared(path));
        var id = Gen.Frequency(
            (4, Gen.Choose(0, 600)),
            (4, Gen.Choose(0, tokenizer.VocabularySize - 1)),
            (1, Gen.Choose(-10, tokenizer.VocabularySize + 10))
        );
        Prop.ForAll(
                id.ArrayOf().ToArbitrary(),
                ids =>
                {
                    foreach (var skip in new[] { false, true })
                    {
                        var decoder = tokenizer.CreateDecoder(skip);
                        List<string> parts = [.. ids.Select(decoder.Push), decoder.Flush()];
                        string.Concat(parts).ShouldBe(tokenizer.Decode(ids, skip));
                        parts.ShouldBe(parts.ConvertAll(WellFormedText.Of));
                    }
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(60).WithQuietOnSuccess(true));
    }

    [Fact]
    public void Threads_get_the_ids_that_one_gets()
    {
        var tokenizer = Tokenizer.Load(TestData.Shared(Llama2));
        var texts = File.ReadLines(TestData.Shared("data/text/wiki_demo.txt")).Take(100).ToArray();
        var alone = Tokenizer.Load(TestData.Shared(Llama2));
        var expected = Array.ConvertAll(texts, text => alone.Encode(text));
        Parallel.For(
            0,
            400,
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            i =>
                tokenizer
                    .Encode(texts[i % texts.Length])
                    .AsSpan()
                    .SequenceEqual(expected[i % texts.Length])
                    .ShouldBeTrue()
        );
    }

    [Theory]
    [InlineData(Gpt2, 'a')]
    [InlineData(Gpt2, ' ')]
    [InlineData(Llama2, 'a')]
    [InlineData(Llama2, ' ')]
    [InlineData(Llama2Model, '!')]
    [InlineData(Llama3, '\n')]
    public void Long_runs_of_one_character_are_encoded_in_good_time(string path, char character)
    {
        var tokenizer = Tokenizer.Load(TestData.Shared(path));
        var text = new string(character, 300_000);
        tokenizer.Decode(tokenizer.Encode(text, addSpecialTokens: false)).ShouldBe(text);
    }
}
