using Luthier.Generation.Engine.Scheduling;

namespace Luthier.Generation.Tests.Engine.Scheduling;

public sealed class PrefixSharingTests
{
    private readonly SchedulerBench bench = new();

    [Fact]
    public void A_prompt_seen_before_is_computed_from_its_last_block_on()
    {
        bench.Add(Prompt(100));
        bench.RunToEnd(10);
        var computed = bench.Runner.Computed;
        var again = bench.Add(Prompt(100));
        bench.RunToEnd(10);
        again.Cached.ShouldBe(96);
        (bench.Runner.Computed - computed).ShouldBe(4);
    }

    [Fact]
    public void The_last_token_of_a_prompt_is_always_computed()
    {
        bench.Add(Prompt(96));
        bench.RunToEnd(10);
        var again = bench.Add(Prompt(96));
        bench.RunToEnd(10);
        again.Cached.ShouldBe(64);
        SchedulerBench.NewTokens(again).ShouldBe(FakeRunner.Continue(Prompt(96), 1));
    }

    [Fact]
    public void New_tokens_can_be_found_too()
    {
        bench.Add(Prompt(30), newTokens: 40);
        bench.RunToEnd(100);
        int[] dialogue = [.. Prompt(30), .. FakeRunner.Continue(Prompt(30), 40), 7];
        var next = bench.Add(dialogue);
        bench.RunToEnd(100);
        next.Cached.ShouldBe(64);
    }

    [Fact]
    public void Requests_that_come_together_compute_their_common_beginning_once()
    {
        var sequences = Enumerable.Range(0, 5).Select(i => bench.Add([.. Prompt(320), i])).ToList();
        bench.RunToEnd(20);
        bench.Runner.Computed.ShouldBe(320 + 5);
        sequences.Sum(sequence => sequence.Cached).ShouldBe(4 * 320);
        foreach (var (sequence, i) in sequences.Select((sequence, i) => (sequence, i)))
        {
            SchedulerBench.NewTokens(sequence).ShouldBe(FakeRunner.Continue([.. Prompt(320), i], 1));
        }
    }

    [Fact]
    public void Another_goes_on_where_the_one_that_computed_for_both_left()
    {
        var first = bench.Add(Prompt(300));
        var second = bench.Add(Prompt(300));
        bench.Step();
        bench.Step();
        bench.Scheduler.Remove(first);
        bench.RunToEnd(20);
        bench.Runner.Computed.ShouldBe(300);
        SchedulerBench.NewTokens(second).ShouldBe(FakeRunner.Continue(Prompt(300), 1));
    }

    [Fact]
    public void Other_salts_share_nothing()
    {
        bench.Add(Prompt(100), salt: "a");
        bench.Add(Prompt(100), salt: "");
        bench.Add(Prompt(100));
        bench.RunToEnd(20);
        bench.Runner.Computed.ShouldBe(300);
        bench.Add(Prompt(100), salt: "a");
        bench.RunToEnd(20);
        bench.Runner.Computed.ShouldBe(304);
    }

    [Fact]
    public void What_was_used_longest_ago_is_forgotten_first()
    {
        // Three prompts of 20 blocks each fill 60 of 64.
        foreach (var seed in (int[])[1, 2, 3, 1])
        {
            bench.Add(Prompt(640, seed));
            bench.RunToEnd(100);
        }

        bench.Add(Prompt(640, seed: 4));
        bench.RunToEnd(100);
        var computed = bench.Runner.Computed;
        bench.Add(Prompt(640, seed: 1));
        bench.RunToEnd(100);
        (bench.Runner.Computed - computed).ShouldBe(32);
        bench.Add(Prompt(640, seed: 2));
        bench.RunToEnd(100);
        (bench.Runner.Computed - computed).ShouldBeGreaterThan(32 + 320);
    }

    [Fact]
    public void A_sequence_that_may_not_share_computes_all_and_lets_others_share()
    {
        bench.Add(Prompt(100));
        bench.RunToEnd(10);
        var alone = new Sequence(Prompt(100), NewTable(), bench.Add(Prompt(1)).Work)
        {
            Arrival = 99,
            SharesBlocks = false,
        };
        bench.RunToEnd(10);
        var computed = bench.Runner.Computed;
        bench.Scheduler.Add(alone);
        bench.Step();
        bench.Step();
        (bench.Runner.Computed - computed).ShouldBe(100);
        alone.Cached.ShouldBe(0);
    }

    private Generation.Engine.Blocks.BlockTable NewTable() =>
        new(bench.Pool, Generation.Engine.Blocks.BlockHash.Root(0, null), findable: true);

    private static int[] Prompt(int count, int seed = 0) => SchedulerBench.Prompt(count, seed);
}
