using Luthier.Generation.Sampling;

namespace Luthier.Generation.Tests.Sampling;

public sealed class SamplingTests
{
    private const float Never = float.NegativeInfinity;

    [Fact]
    public void A_repetition_penalty_lowers_each_seen_token_once() =>
        After(new RepetitionPenaltyStep(2), [4, -4, 1, 1], 0, 1, 1, 0).ShouldBe([2, -8, 1, 1]);

    [Fact]
    public void A_repetition_penalty_remembers_tokens_of_earlier_steps()
    {
        var step = new RepetitionPenaltyStep(2);
        var tokens = new List<int> { 0 };
        step.Apply(new float[4], tokens);
        tokens.Add(2);
        float[] logits = [4, 4, 4, 4];
        step.Apply(logits, tokens);
        logits.ShouldBe([2, 4, 2, 4]);
    }

    [Fact]
    public void Temperature_divides_the_distances() => After(new TemperatureStep(0.5), [3, 1, 2]).ShouldBe([0, -4, -2]);

    [Fact]
    public void A_temperature_near_zero_does_not_overflow() =>
        After(new TemperatureStep(1e-300), [3, 1, 3]).ShouldBe([0, Never, 0]);

    [Fact]
    public void Top_k_keeps_the_largest_and_their_equals()
    {
        After(new TopKStep(2), [1, 3, 2, 2, 0]).ShouldBe([Never, 3, 2, 2, Never]);
        After(new TopKStep(9), [1, 3]).ShouldBe([1, 3]);
    }

    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(0.51, 2)]
    [InlineData(0.8, 3)]
    [InlineData(0.001, 1)]
    [InlineData(0.99, 4)]
    public void Top_p_keeps_the_fewest_that_reach_the_probability(double p, int kept)
    {
        // Probabilities of a half, a quarter and two eighths; exact in binary, whose order a stable choice would not change.
        float[] logits = [.. new[] { 0.125, 0.5, 0.125, 0.25 }.Select(x => (float)Math.Log(x))];
        After(new TopPStep(p), logits).Count(float.IsFinite).ShouldBe(kept);
    }

    [Fact]
    public void Draws_follow_the_probabilities()
    {
        var draw = new TokenDraw(seed: 1);
        var counts = new int[4];
        for (var i = 0; i < 20_000; i++)
        {
            counts[draw.Draw([0, MathF.Log(2), Never, MathF.Log(5)], MathF.Log(5))]++;
        }

        counts[2].ShouldBe(0);
        (counts[0] / 20_000.0).ShouldBe(1 / 8.0, 0.01);
        (counts[1] / 20_000.0).ShouldBe(2 / 8.0, 0.01);
        (counts[3] / 20_000.0).ShouldBe(5 / 8.0, 0.01);
    }

    [Fact]
    public void Greedy_takes_the_first_of_equals() =>
        new SamplingChain(new GenerationOptions { Temperature = 0 }).Choose([1, 5, 5, 2], []).ShouldBe(1);

    [Fact]
    public void Logits_that_are_no_numbers_are_refused()
    {
        var chain = new SamplingChain(new GenerationOptions { Temperature = 0 });
        Should
            .Throw<InvalidOperationException>(() => chain.Choose([1, float.NaN], []))
            .Message.ShouldContain("token 1");
        Should.Throw<InvalidOperationException>(() => chain.Choose([Never, Never], [])).Message.ShouldContain("finite");
    }

    private static float[] After(ILogitsStep step, float[] logits, params int[] tokens)
    {
        step.Apply(logits, tokens);
        return logits;
    }
}
