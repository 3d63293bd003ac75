using Luthier.Generation.Sampling;

namespace Luthier.Generation.Tests.Sampling;

public sealed class TokenLogprobsTests
{
    [Fact]
    public void Probabilities_ranks_and_the_most_probable_are_told()
    {
        float[] logits = [.. new[] { 0.125, 0.5, 0.125, 0.25 }.Select(x => (float)Math.Log(x) + 3)];
        var logprobs = TokenLogprobs.Of(logits, 2, 3);
        logprobs.Token.ShouldBe(2);
        logprobs.Rank.ShouldBe(3);
        logprobs.Logprob.ShouldBe(MathF.Log(0.125f), 1e-6f);
        logprobs.Top.Select(top => top.Token).ShouldBe([1, 3, 0]);
        logprobs.Top[1].Logprob.ShouldBe(MathF.Log(0.25f), 1e-6f);
        TokenLogprobs.Of(logits, 1, 0).Top.ShouldBeEmpty();
        TokenLogprobs.Of(logits, 1, 99).Top.Count.ShouldBe(4);
    }

    [Fact]
    public void They_are_the_models_own_whatever_the_options_change()
    {
        var options = new GenerationOptions
        {
            Temperature = 0.2,
            TopK = 1,
            AllowedTokens = [3],
            LogitBias = new Dictionary<int, float> { [3] = 50 },
            Logprobs = 1,
        };
        var chain = new SamplingChain(options, []);
        chain.Choose([1, 5, 2, 4]).ShouldBe(3);
        var logprobs = chain.Logprobs.ShouldNotBeNull();
        logprobs.Rank.ShouldBe(2);
        logprobs.Top.Single().Token.ShouldBe(1);
        (logprobs.Top[0].Logprob - logprobs.Logprob).ShouldBe(1, 1e-6);
    }

    [Fact]
    public void None_are_told_unless_asked_for()
    {
        var chain = new SamplingChain(new GenerationOptions(), []);
        chain.Choose([1, 2]);
        chain.Logprobs.ShouldBeNull();
    }

    [Fact]
    public void Of_a_long_row_they_are_as_computed_in_float64()
    {
        var random = new Random(2);
        float[] logits = [.. Enumerable.Range(0, 40_001).Select(_ => 30 * random.NextSingle())];
        var total = Math.Log(logits.Sum(logit => Math.Exp(logit)));
        var logprobs = TokenLogprobs.Of(logits, 17, 5);
        logprobs.Logprob.ShouldBe((float)(logits[17] - total), 1e-5f);
        logprobs.Rank.ShouldBe(logits.Count(logit => logit > logits[17]) + 1);
        logprobs
            .Top.Select(top => top.Token)
            .ShouldBe(Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).Take(5));
    }
}
