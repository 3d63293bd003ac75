using Luthier.Generation.Sampling;

namespace Luthier.Generation.Tests.Sampling;

public sealed class SamplingTests
{
    private const float Never = float.NegativeInfinity;

    private static readonly GenerationOptions Greedy = new() { Temperature = 0 };

    [Fact]
    public void A_repetition_penalty_lowers_each_token_of_prompt_and_text_once()
    {
        var penalties = new Penalties(Greedy with { RepetitionPenalty = 2 }, [0, 1, 1]);
        After(penalties, [4, -4, 1, 1]).ShouldBe([2, -8, 1, 1]);
        penalties.Accept(2);
        penalties.Accept(2);
        After(penalties, [4, -4, 1, 1]).ShouldBe([2, -8, 0.5f, 1]);
    }

    [Fact]
    public void Presence_and_frequency_penalties_count_new_tokens_only()
    {
        var penalties = new Penalties(Greedy with { PresencePenalty = 1, FrequencyPenalty = 0.5 }, [0, 0]);
        penalties.Accept(1);
        penalties.Accept(2);
        penalties.Accept(2);
        After(penalties, [4, 4, 4, 4]).ShouldBe([4, 2.5f, 2, 4]);
    }

    [Fact]
    public void Penalties_apply_one_after_the_other()
    {
        var options = Greedy with { RepetitionPenalty = 2, PresencePenalty = -1, FrequencyPenalty = 0.25 };
        var penalties = new Penalties(options, [0]);
        penalties.Accept(0);
        penalties.Accept(1);
        After(penalties, [4, -4, 1]).ShouldBe([2.75f, -7.25f, 1]);
    }

    [Fact]
    public void Biases_are_added() =>
        After(new LogitBias(new Dictionary<int, float> { [1] = -100, [2] = 1.5f }), [1, 1, 1]).ShouldBe([1, -99, 2.5f]);

    [Fact]
    public void Only_allowed_tokens_remain() =>
        After(new AllowedTokens([3, 1, 3]), [4, 3, 2, 1]).ShouldBe([Never, 3, Never, 1]);

    [Fact]
    public void Bad_words_are_not_completed()
    {
        var words = new BadWords([
            [0],
            [1, 2],
            [1, 2, 3],
            [4, 1, 2],
        ]);
        After(words, [1, 1, 1, 1, 1]).ShouldBe([Never, 1, 1, 1, 1]);
        words.Accept(1);
        After(words, [1, 1, 1, 1, 1]).ShouldBe([Never, 1, Never, 1, 1]);
        words.Accept(2);
        After(words, [1, 1, 1, 1, 1]).ShouldBe([Never, 1, 1, Never, 1]);
        words.Accept(4);
        words.Accept(1);
        After(words, [1, 1, 1, 1, 1]).ShouldBe([Never, 1, Never, 1, 1]);
    }

    [Fact]
    public void No_stop_token_comes_before_the_minimum_length()
    {
        var chain = new SamplingChain(Greedy with { MinNewTokens = 2, StopTokens = [1, 1, 2] }, []);
        chain.Choose([1, 5, 4, 3]).ShouldBe(3);
        chain.Choose([1, 5, 4, 3]).ShouldBe(3);
        chain.Choose([1, 5, 4, 3]).ShouldBe(1);
    }

    [Fact]
    public void A_stop_token_comes_before_the_minimum_length_where_nothing_else_may()
    {
        var options = Greedy with { MinNewTokens = 2, StopTokens = [1, 2], AllowedTokens = [1, 2] };
        new SamplingChain(options, []).Choose([9, 4, 5, 3]).ShouldBe(2);
    }

    [Fact]
    public void Bad_words_hold_among_new_tokens_not_the_prompt() => new SamplingChain(
            Greedy with
            {
                BadWords =
                [
                    [1, 2],
                ],
            },
            [1]
        ).Choose([0, 0, 5]).ShouldBe(2);

    [Fact]
    public void Greedy_takes_the_first_of_equals()
    {
        new SamplingChain(Greedy, []).Choose([1, 5, 5, 2]).ShouldBe(1);
        var row = new float[101];
        row[99] = 0.25f;
        row[100] = 0.25f;
        new SamplingChain(Greedy, []).Choose(row).ShouldBe(99);
    }

    [Fact]
    public void Logits_that_are_no_numbers_are_refused()
    {
        var chain = new SamplingChain(Greedy, []);
        Should
            .Throw<InvalidOperationException>(() => chain.Choose([1, float.NaN]))
            .Message.ShouldContain("token 1 is NaN");
        Should
            .Throw<InvalidOperationException>(() => chain.Choose([1, 2, float.PositiveInfinity]))
            .Message.ShouldContain("token 2");
        Should.Throw<InvalidOperationException>(() => chain.Choose([Never, Never])).Message.ShouldContain("-∞");
    }

    [Fact]
    public void Options_that_exclude_every_token_are_named()
    {
        var chain = new SamplingChain(
            Greedy with
            {
                AllowedTokens = [1],
                BadWords =
                [
                    [1],
                ],
            },
            []
        );
        Should
            .Throw<InvalidOperationException>(() => chain.Choose([1, 2]))
            .Message.ShouldBe("no token may follow the first 0: what the options allow excludes every one");
    }

    [Fact]
    public void Nothing_is_allocated_from_token_to_token()
    {
        var options = new GenerationOptions
        {
            Temperature = 0.7,
            TopK = 40,
            TopP = 0.9,
            MinP = 0.01,
            RepetitionPenalty = 1.1,
            FrequencyPenalty = 0.1,
            BadWords =
            [
                [1, 2],
            ],
            LogitBias = new Dictionary<int, float> { [5] = 1 },
        };
        var random = new Random(1);
        float[] model = [.. Enumerable.Range(0, 3000).Select(_ => 8 * random.NextSingle())];
        var chain = new SamplingChain(options, [1, 2, 3]);
        var logits = new float[model.Length];
        for (var i = 0; i < 2000; i++)
        {
            model.CopyTo(logits, 0);
            chain.Choose(logits);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++)
        {
            model.CopyTo(logits, 0);
            chain.Choose(logits);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static float[] After(ILogitsStep step, float[] logits)
    {
        step.Apply(logits);
        return logits;
    }
}
