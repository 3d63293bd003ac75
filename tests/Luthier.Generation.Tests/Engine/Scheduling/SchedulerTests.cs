using Luthier.Generation.Engine.Scheduling;

namespace Luthier.Generation.Tests.Engine.Scheduling;

public sealed class SchedulerTests
{
    [Fact]
    public void Texts_in_progress_go_on_before_prompts_which_share_the_rest_of_the_budget()
    {
        var bench = new SchedulerBench(maxTokens: 96);
        var first = bench.Add(Prompt(10), newTokens: 9);
        bench.Step();
        var second = bench.Add(Prompt(200, seed: 1), newTokens: 9);
        bench.Add(Prompt(20, seed: 2), newTokens: 9);
        bench.Step();
        bench.Chunks[0].ShouldBe(new Chunk(first, 10, 1, 11));

        // The short prompt is whole, the long one has all the rest.
        bench.Chunks.Select(chunk => chunk.Count).ShouldBe([1, 75, 20]);
        bench.Step();
        bench.Chunks.Select(chunk => chunk.Count).ShouldBe([1, 1, 94]);
        bench.Chunks[2].Sequence.ShouldBe(second);
        bench.RunToEnd(50);
    }

    [Fact]
    public void Sequences_are_admitted_by_priority_then_by_arrival()
    {
        var bench = new SchedulerBench(maxSequences: 1);
        var sequences = new[] { 5, 0, -3, 0, 5 }.Select((p, i) => bench.Add(Prompt(3, seed: i), 1, p)).ToList();
        foreach (var expected in (int[])[2, 1, 3, 0, 4])
        {
            bench.Step();
            bench.Chunks.Single().Sequence.ShouldBe(sequences[expected]);
        }
    }

    [Fact]
    public void A_long_prompt_delays_short_ones_by_little_and_they_do_not_stop_it()
    {
        var bench = new SchedulerBench(blocks: 400, maxTokens: 64, maxSequences: 8);
        var start = bench.Add(Prompt(6400), newTokens: 1);
        var waited = 0;
        for (var i = 0; start.State != SequenceState.Finished; i++)
        {
            // Always a short one in the queue that nothing was computed of.
            var brief = bench.Add(Prompt(20, seed: i + 1), newTokens: 2);
            var before = bench.Runner.Steps;
            while (brief.State != SequenceState.Finished && start.State != SequenceState.Finished)
            {
                bench.Step();
                bench.Chunks.Where(c => c.Sequence == start).Sum(c => c.Count).ShouldBeGreaterThanOrEqualTo(32);
            }

            waited = Math.Max(waited, bench.Runner.Steps - before);
        }

        waited.ShouldBeLessThanOrEqualTo(3);
        bench.Runner.Steps.ShouldBeLessThanOrEqualTo(6400 / 32);
    }

    [Fact]
    public void A_stream_of_urgent_requests_does_not_starve_the_others()
    {
        var bench = new SchedulerBench(maxSequences: 2);
        bench.Add(Prompt(3), newTokens: 2, priority: -1);
        var patient = bench.Add(Prompt(40), newTokens: 20, priority: 7);
        var urgent = 0;
        while (patient.State != SequenceState.Finished)
        {
            while (bench.Scheduler.WaitingCount < 4)
            {
                bench.Add(Prompt(3, seed: ++urgent), newTokens: 2, priority: -1);
            }

            bench.Step();
            urgent.ShouldBeLessThan(2 * WaitingQueue.MaxOvertaken);
        }

        urgent.ShouldBeGreaterThan(WaitingQueue.MaxOvertaken / 2);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(100)]
    public void Urgent_prompts_do_not_starve_one_that_is_partly_computed(int budget)
    {
        // Nobody is admitted while a step has nothing left for a prompt that was admitted before.
        var bench = new SchedulerBench(blocks: 256, maxTokens: budget, maxSequences: 4);
        var patient = bench.Add(Prompt(1000), priority: 1);
        bench.Step();
        var urgent = 0;
        while (patient.State != SequenceState.Finished)
        {
            while (bench.Scheduler.WaitingCount < 4)
            {
                bench.Add(Prompt(100, seed: ++urgent));
            }

            bench.Step();
            bench.Runner.Steps.ShouldBeLessThan(200);
        }
    }

    [Fact]
    public void A_prompt_that_needs_most_blocks_is_not_overtaken_for_ever()
    {
        var bench = new SchedulerBench(blocks: 8, maxTokens: 64, maxSequences: 8);
        for (var i = 0; i < 4; i++)
        {
            bench.Add(Prompt(33, seed: i), newTokens: 5 + i);
        }

        bench.Step();
        var large = bench.Add(Prompt(250, seed: 9));
        var later = Enumerable.Range(10, 20).Select(i => bench.Add(Prompt(5, seed: i))).ToList();
        while (large.State != SequenceState.Finished)
        {
            bench.Step();
            later.ShouldAllBe(sequence => large.WasAdmitted || !sequence.WasAdmitted);
        }

        bench.RunToEnd(100);
    }

    [Fact]
    public void The_last_in_rank_loses_its_blocks_keeps_its_tokens_and_is_next_again()
    {
        var bench = new SchedulerBench(blocks: 4, maxTokens: 64, maxSequences: 3);
        var urgent = bench.Add(Prompt(31, seed: 1), newTokens: 60, priority: -1);
        var first = bench.Add(Prompt(31, seed: 2), newTokens: 60);
        var second = bench.Add(Prompt(31, seed: 3), newTokens: 60);
        while (second.Preemptions == 0)
        {
            bench.Step();
        }

        second.State.ShouldBe(SequenceState.Waiting);
        (second.Computed, second.Blocks.Blocks.Length).ShouldBe((0, 0));
        second.Count.ShouldBeGreaterThan(31);
        (urgent.Preemptions, first.Preemptions).ShouldBe((0, 0));

        // It goes before those that came later.
        var third = bench.Add(Prompt(3, seed: 4));
        bench.Scheduler.Remove(first);
        while (third.State == SequenceState.Waiting)
        {
            bench.Step();
            (third.State != SequenceState.Waiting && second.State == SequenceState.Waiting).ShouldBeFalse();
        }

        bench.RunToEnd(500);
        SchedulerBench.NewTokens(urgent).ShouldBe(FakeRunner.Continue(Prompt(31, seed: 1), 60));
        SchedulerBench.NewTokens(second).ShouldBe(FakeRunner.Continue(Prompt(31, seed: 3), 60));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Any_load_ends_in_bounded_time_with_the_texts_of_each_alone(int seed)
    {
        var random = new Random(seed);
        var bench = new SchedulerBench(blocks: 12, maxTokens: 8 + random.Next(60), maxSequences: 2 + random.Next(7));
        var all = new List<(Sequence Sequence, int[] Prompt, int Count)>();
        for (var i = 0; i < 150; i++)
        {
            var prompt = Prompt(random.Next(1, 250), seed: random.Next(3));
            var count = random.Next(1, 100);
            all.Add((bench.Add(prompt, count, random.Next(-1, 2)), prompt, count));
            if (random.Next(3) == 0)
            {
                bench.Step();
            }

            if (random.Next(10) == 0)
            {
                bench.Scheduler.Remove(all[random.Next(all.Count)].Sequence);
            }
        }

        bench.RunToEnd(100_000);
        bench.Scheduler.Preemptions.ShouldBeGreaterThan(0);
        foreach (var (sequence, prompt, count) in all)
        {
            SchedulerBench.NewTokens(sequence).ShouldBe(FakeRunner.Continue(prompt, sequence.Count - prompt.Length));
            sequence.State.ShouldBe(SequenceState.Finished);
        }

        all.Count(item => item.Sequence.Count - item.Prompt.Length == item.Count).ShouldBeGreaterThan(100);
    }

    private static int[] Prompt(int count, int seed = 0) => SchedulerBench.Prompt(count, seed);
}
