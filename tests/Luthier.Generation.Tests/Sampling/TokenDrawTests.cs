using Luthier.Generation.Sampling;

namespace Luthier.Generation.Tests.Sampling;

public sealed class TokenDrawTests
{
    private const float Never = float.NegativeInfinity;

    [Fact]
    public void Draws_follow_the_probabilities()
    {
        var shares = Shares(new GenerationOptions { Seed = 1 }, [0, MathF.Log(2), Never, MathF.Log(5)]);
        shares.ShouldBe([1 / 8.0, 2 / 8.0, 0, 5 / 8.0], 0.01);
    }

    [Fact]
    public void Temperature_divides_the_logits() =>
        Shares(new GenerationOptions { Temperature = 0.5 }, [0, MathF.Log(2)]).ShouldBe([1 / 5.0, 4 / 5.0], 0.01);

    [Fact]
    public void A_temperature_near_zero_does_not_overflow() =>
        Shares(new GenerationOptions { Temperature = 1e-300 }, [3, 1, 3, Never]).ShouldBe([0.5, 0, 0.5, 0], 0.02);

    [Fact]
    public void A_huge_temperature_makes_all_alike_but_what_may_not_be_drawn() =>
        Shares(new GenerationOptions { Temperature = 1e300 }, [3, 1, Never]).ShouldBe([0.5, 0.5, 0], 0.02);

    [Fact]
    public void Top_k_keeps_the_largest_and_their_equals()
    {
        Kept(new GenerationOptions { TopK = 2 }, [1, 3, 2, 2, 0]).ShouldBe([1, 2, 3]);
        Kept(new GenerationOptions { TopK = 9 }, [1, 3]).ShouldBe([0, 1]);
        Kept(new GenerationOptions { TopK = 2 }, [1, 3, Never, Never]).ShouldBe([0, 1]);
        Kept(new GenerationOptions { TopK = 2 }, [Never, 3, Never, Never]).ShouldBe([1]);
    }

    [Fact]
    public void Top_k_of_one_is_the_most_probable_at_any_temperature() =>
        Kept(new GenerationOptions { TopK = 1, Temperature = 1e9 }, [3, 3.000001f, 2]).ShouldBe([1]);

    [Theory]
    [InlineData(0.499, 1)]
    [InlineData(0.51, 2)]
    [InlineData(0.8, 3)]
    [InlineData(0.001, 1)]
    [InlineData(0.99, 4)]
    public void Top_p_keeps_the_fewest_that_reach_the_probability_and_the_first_of_equals(double p, int kept)
    {
        float[] logits = [.. new[] { 0.125, 0.5, 0.125, 0.25 }.Select(x => (float)Math.Log(x))];
        int[] order = [1, 3, 0, 2];
        Kept(new GenerationOptions { TopP = p }, logits).ShouldBe(order.Take(kept).Order());
    }

    [Fact]
    public void Min_p_keeps_those_of_a_part_of_the_largest_probability() =>
        Kept(
                new GenerationOptions { MinP = 0.3, Temperature = 2 },
                [0, 2 * MathF.Log(0.31f), 2 * MathF.Log(0.29f), Never]
            )
            .ShouldBe([0, 1]);

    [Fact]
    public void Top_p_counts_what_min_p_and_top_k_left()
    {
        // Weights 1, 1/2, 1/4, 1/8; of the first two, 1 is two thirds.
        float[] logits = [0, MathF.Log(0.5f), MathF.Log(0.25f), MathF.Log(0.125f)];
        Kept(new GenerationOptions { TopK = 2, TopP = 0.66 }, logits).ShouldBe([0]);
        Kept(new GenerationOptions { MinP = 0.4, TopP = 0.66 }, logits).ShouldBe([0]);
        Kept(new GenerationOptions { TopP = 0.66 }, logits).ShouldBe([0, 1]);
    }

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(50, 1, 0)]
    [InlineData(0, 0.9, 0)]
    [InlineData(0, 1, 0.05)]
    [InlineData(300, 0.8, 0.001)]
    public void Long_rows_are_cut_as_sorting_would(int topK, double topP, double minP)
    {
        var random = new Random(5);
        foreach (var spread in (double[])[0.5, 3, 20])
        {
            float[] logits = [.. Enumerable.Range(0, 5000).Select(_ => (float)(spread * Normal(random)))];
            var options = new GenerationOptions
            {
                TopK = topK,
                TopP = topP,
                MinP = minP,
            };
            var expected = KeptBySorting(options, logits);
            var draw = new TokenDraw(options);
            for (var i = 0; i < 300; i++)
            {
                expected.ShouldContain(draw.Draw([.. logits], logits.Max(), SamplingScratch.OfThread));
            }
        }
    }

    [Fact]
    public void A_cut_is_exact_among_many_equals()
    {
        var weights = new float[3000];
        weights.AsSpan().Fill(0.5f);
        weights[2000] = 1;
        Cut.KeepPart(weights, 0.5, SamplingScratch.OfThread);
        weights.Count(weight => weight > 0).ShouldBe(1500);
        weights[2000].ShouldBe(1);
        weights.Take(1499).ShouldAllBe(weight => weight > 0);
    }

    [Fact]
    public void The_kth_largest_is_that_of_sorting()
    {
        var random = new Random(3);
        foreach (var length in (int[])[1, 7, 600, 4001])
        {
            float[] values = [.. Enumerable.Range(0, length).Select(_ => MathF.Round(random.NextSingle() * 40) - 20)];
            var sorted = values.OrderDescending().ToArray();
            foreach (var k in (int[])[1, (length + 1) / 2, length])
            {
                Cut.KthLargest(values, k, SamplingScratch.OfThread).ShouldBe(sorted[k - 1]);
            }
        }
    }

    [Fact]
    public void Equal_seeds_draw_equal_tokens()
    {
        var random = new Random(3);
        float[] logits = [.. Enumerable.Range(0, 1000).Select(_ => random.NextSingle())];
        var options = new GenerationOptions { Seed = 7 };
        var (first, second, other) = (
            new TokenDraw(options),
            new TokenDraw(options),
            new TokenDraw(options with { Seed = 8 })
        );
        var draws = Enumerable.Range(0, 20).Select(_ => Draw(first, logits)).ToList();
        Enumerable.Range(0, 20).Select(_ => Draw(second, logits)).ShouldBe(draws);
        Enumerable.Range(0, 20).Select(_ => Draw(other, logits)).ShouldNotBe(draws);
    }

    private static int[] KeptBySorting(GenerationOptions options, float[] logits)
    {
        var order = Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ToList();
        var weights = order.Select(i => Math.Exp((double)logits[i] - logits[order[0]])).ToList();
        var count = options.TopK > 0 ? options.TopK : order.Count;
        count = Math.Min(count, weights.Count(weight => weight >= options.MinP));
        var sum = weights.Take(count).Sum();
        var reached = 0.0;
        var kept = 0;

        // A little more than the part, for the rounding of sums.
        while (kept < count && reached < (options.TopP + 1e-5) * sum)
        {
            reached += weights[kept++];
        }

        return [.. order.Take(kept)];
    }

    private static int[] Kept(GenerationOptions options, float[] logits) =>
        [.. Shares(options, logits).Select((share, i) => (share, i)).Where(x => x.share > 0).Select(x => x.i)];

    private static double[] Shares(GenerationOptions options, float[] logits)
    {
        const int Draws = 20_000;
        var draw = new TokenDraw(options);
        var counts = new double[logits.Length];
        for (var i = 0; i < Draws; i++)
        {
            counts[Draw(draw, logits)] += 1.0 / Draws;
        }

        return counts;
    }

    private static int Draw(TokenDraw draw, float[] logits) =>
        draw.Draw([.. logits], logits.Max(), SamplingScratch.OfThread);

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
