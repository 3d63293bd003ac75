using Luthier.Generation.Engine.Blocks;
using Luthier.Generation.Engine.Execution;
using Luthier.Generation.Engine.Scheduling;

namespace Luthier.Generation.Tests.Engine.Scheduling;

/// <summary>A scheduler with a model that is a hash, step by step without an engine.</summary>
internal sealed class SchedulerBench(int blocks = 64, int maxTokens = 64, int maxSequences = 8) : IStepResults
{
    private long arrivals;

    public BlockPool Pool { get; } = new(blocks);

    public Scheduler Scheduler => field ??= new Scheduler(Pool, maxTokens, maxSequences);

    public FakeRunner Runner { get; } = new(blocks);

    /// <summary>What the last step computed.</summary>
    public List<Chunk> Chunks { get; } = [];

    private StepPlan? Planned { get; set; }

    public Sequence Add(IReadOnlyList<int> prompt, int newTokens = 1, int priority = 0, string? salt = null)
    {
        var table = new BlockTable(Pool, BlockHash.Root(0, salt), findable: true);
        var sequence = new Sequence(prompt, table, new TextWork(newTokens))
        {
            Priority = priority,
            Arrival = ++arrivals,
        };
        Scheduler.Add(sequence);
        return sequence;
    }

    /// <summary>Runs a step; false if there was nothing to compute.</summary>
    public bool Step()
    {
        Planned = Scheduler.Plan();
        Planned.Tokens.ShouldBeLessThanOrEqualTo(maxTokens);
        Scheduler.Running.Count.ShouldBeLessThanOrEqualTo(maxSequences);
        Chunks.Clear();
        Chunks.AddRange(Planned.Chunks);
        Runner.Run(Planned, this);
        foreach (var chunk in Chunks)
        {
            var isLast = chunk.IsLast;
            Scheduler.Complete(chunk);
            if (isLast && chunk.Sequence.Work.Advance(chunk.Sequence, 0) is not null)
            {
                Scheduler.Remove(chunk.Sequence);
            }
        }

        return Chunks.Count > 0;
    }

    /// <summary>Runs until nothing is left, which must happen within some steps; all blocks are free then.</summary>
    public void RunToEnd(int maxSteps)
    {
        while (Step())
        {
            Runner.Steps.ShouldBeLessThan(maxSteps);
        }

        (Scheduler.Running.Count, Scheduler.WaitingCount).ShouldBe((0, 0));
        Pool.FreeCount.ShouldBe(Pool.Count);
    }

    public void OnLogits(int chunk, int position, Span<float> logits) =>
        Chunks[chunk].Sequence.Work.OnLogits(Chunks[chunk].Sequence, position, logits);

    public void OnHidden(int chunk, int position, ReadOnlySpan<float> hidden) => throw new NotSupportedException();

    public static int[] NewTokens(Sequence sequence) => [.. sequence.TokenList.Skip(sequence.PromptCount)];

    public static int[] Prompt(int count, int seed = 0) => [.. Enumerable.Range(0, count).Select(i => (i + seed) % 50)];

    private sealed class TextWork(int newTokens) : SequenceWork
    {
        private int chosen;

        public override Wanted Wants(in Chunk chunk) => chunk.IsLast ? Wanted.LastLogits : Wanted.Nothing;

        public override void OnLogits(Sequence sequence, int position, Span<float> logits)
        {
            position.ShouldBe(sequence.Count - 1);
            chosen = logits.IndexOf(1);
        }

        public override FinishReason? Advance(Sequence sequence, long time)
        {
            sequence.Add(chosen);
            return sequence.Count - sequence.PromptCount == newTokens ? FinishReason.Length : null;
        }

        public override void OnFinished(Sequence sequence, FinishReason reason, long time) { }

        public override void OnAborted(Sequence sequence, Exception? error) { }
    }
}
