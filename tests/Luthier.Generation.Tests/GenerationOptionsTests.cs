namespace Luthier.Generation.Tests;

public sealed class GenerationOptionsTests
{
    [Fact]
    public void Defaults_are_valid() => Should.NotThrow(() => new GenerationOptions().Validate(1));

    [Fact]
    public void All_that_is_out_of_range_is_named_at_once()
    {
        var options = new GenerationOptions
        {
            MaxNewTokens = -1,
            MinNewTokens = 2,
            Temperature = double.NaN,
            TopP = 0,
            TopK = -1,
            MinP = 1.5,
            RepetitionPenalty = 0,
            PresencePenalty = -2.5,
            FrequencyPenalty = double.NaN,
            Logprobs = -1,
            StopStrings = [""],
            BadWords =
            [
                [],
            ],
            AllowedTokens = [],
        };
        var message = Should.Throw<ArgumentException>(() => options.Validate()).Message;
        string[] expected =
        [
            "max new tokens is -1",
            "min new tokens is 2",
            "temperature is NaN",
            "top-p is 0",
            "top-k is -1",
            "min-p is 1.5",
            "repetition penalty is 0",
            "presence penalty is -2.5",
            "frequency penalty is NaN",
            "logprobs is -1",
            "a stop string is empty",
            "a bad word has no tokens",
            "allowed tokens are empty",
        ];
        message.Split("; ").Length.ShouldBe(expected.Length);
        expected.ShouldAllBe(part => message.Contains(part));
    }

    [Fact]
    public void Tokens_beyond_the_vocabulary_are_named()
    {
        var options = new GenerationOptions
        {
            StopTokens = [9, 10],
            LogitBias = new Dictionary<int, float> { [3] = 101, [-1] = 0 },
            BadWords =
            [
                [1, 11],
                [12],
            ],
            AllowedTokens = [13],
        };
        Should
            .Throw<ArgumentException>(() => options.Validate(vocabularySize: 10))
            .Message.ShouldBe(
                "stop tokens have token 10, expected 0 to 9; logit biases have token -1, expected 0 to 9; "
                    + "the logit bias of token 3 is 101, expected -100 to 100; bad words have token 11, expected 0 to 9; "
                    + "allowed tokens have token 13, expected 0 to 9"
            );
    }

    [Fact]
    public void Lists_from_outside_do_not_make_endless_messages()
    {
        var options = new GenerationOptions
        {
            LogitBias = Enumerable.Range(0, 1000).ToDictionary(token => token, _ => float.NaN),
        };
        Should.Throw<ArgumentException>(() => options.Validate()).Message.Length.ShouldBeLessThan(2000);
    }
}
