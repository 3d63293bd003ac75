using Luthier.Generation.Engine.Blocks;
using Luthier.Generation.Engine.Execution;
using Luthier.Generation.Engine.Metrics;
using Luthier.Generation.Engine.Scheduling;

namespace Luthier.Generation.Engine;

/// <summary>Sequences, the blocks that they hold, and the steps that compute them. For one thread.</summary>
internal sealed class EngineCore : IStepResults
{
    private readonly HashSet<Sequence> sequences = [];
    private readonly List<(Sequence Sequence, Exception Error)> faults = [];
    private readonly Scheduler scheduler;
    private readonly BlockPool pool;
    private readonly IModelRunner runner;
    private readonly QueuePlaces places;
    private readonly EngineMetrics metrics;
    private readonly TimeProvider time;
    private StepPlan? plan;

    /// <param name="runner">Computes.</param>
    /// <param name="options">How the engine works.</param>
    /// <param name="places">Gets back the place of each sequence that waits no more.</param>
    /// <param name="metrics">Where all is counted.</param>
    /// <param name="time">Of the metrics.</param>
    public EngineCore(
        IModelRunner runner,
        EngineOptions options,
        QueuePlaces places,
        EngineMetrics metrics,
        TimeProvider time
    )
    {
        this.runner = runner;
        this.places = places;
        this.metrics = metrics;
        this.time = time;
        pool = new BlockPool(runner.Blocks);
        scheduler = new Scheduler(pool, options.MaxBatchedTokens, options.MaxSequences);
        UpdateGauges();
    }

    /// <summary>A table for a sequence to be added. The only method for any thread.</summary>
    public BlockTable NewTable(UInt128 root, bool findable) => new(pool, root, findable);

    public void Add(Sequence sequence)
    {
        sequences.Add(sequence);
        scheduler.Add(sequence);
    }

    /// <summary>Ends a sequence, if it has not ended.</summary>
    /// <param name="error">Null: it is cancelled.</param>
    public void Abort(Sequence sequence, Exception? error)
    {
        if (sequences.Contains(sequence))
        {
            Remove(sequence);
            sequence.Work.OnAborted(sequence, error);
        }
    }

    /// <summary>Ends all sequences.</summary>
    public void AbortAll(Exception? error)
    {
        foreach (var sequence in sequences.ToArray())
        {
            Abort(sequence, error);
        }

        UpdateGauges();
    }

    /// <summary>
    /// 1. Plans. 2. Computes; results go to the sequences as they come. 3. Ends those that failed. 4. Lets the others go
    /// on to their next token.
    /// </summary>
    /// <returns>False if there was nothing to compute.</returns>
    public bool Step()
    {
        // 1.
        plan = scheduler.Plan();
        foreach (var sequence in scheduler.Admitted)
        {
            places.Return();
            sequence.Work.OnAdmitted(time.GetTimestamp());
        }

        if (plan.Count == 0)
        {
            UpdateGauges();
            return sequences.Count == 0
                ? false
                : throw new InvalidOperationException($"{sequences.Count} sequences are left that no step computes");
        }

        // 2.
        var failure = Compute(plan);

        // 3.
        foreach (ref readonly var chunk in plan.Chunks)
        {
            if (failure is not null)
            {
                Abort(chunk.Sequence, failure);
            }
        }

        foreach (var (sequence, error) in faults)
        {
            Abort(sequence, error);
        }

        faults.Clear();

        // 4.
        Advance(plan);
        metrics.Steps.Add();
        metrics.IterationTokens.Add(plan.Tokens);
        UpdateGauges();
        return true;
    }

    void IStepResults.OnLogits(int chunk, int position, Span<float> logits)
    {
        var sequence = plan!.Chunks[chunk].Sequence;
        try
        {
            sequence.Work.OnLogits(sequence, position, logits);
        }
        catch (Exception exception)
        {
            faults.Add((sequence, exception));
        }
    }

    void IStepResults.OnHidden(int chunk, int position, ReadOnlySpan<float> hidden)
    {
        var sequence = plan!.Chunks[chunk].Sequence;
        try
        {
            sequence.Work.OnHidden(sequence, position, hidden);
        }
        catch (Exception exception)
        {
            faults.Add((sequence, exception));
        }
    }

    private Exception? Compute(StepPlan planned)
    {
        try
        {
            runner.Run(planned, this);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private void Advance(StepPlan planned)
    {
        var now = time.GetTimestamp();
        foreach (ref readonly var chunk in planned.Chunks)
        {
            if (chunk.Sequence.State == SequenceState.Running)
            {
                var isLast = chunk.IsLast;
                Scheduler.Complete(chunk);
                if (isLast)
                {
                    Advance(chunk.Sequence, now);
                }
            }
        }
    }

    private void Advance(Sequence sequence, long now)
    {
        try
        {
            if (sequence.Work.Advance(sequence, now) is { } reason)
            {
                Remove(sequence);
                sequence.Work.OnFinished(sequence, reason, now);
            }
        }
        catch (Exception exception)
        {
            Abort(sequence, exception);
        }
    }

    private void Remove(Sequence sequence)
    {
        sequences.Remove(sequence);
        scheduler.Remove(sequence);
        sequence.Adapter?.Leave();
        if (!sequence.WasAdmitted)
        {
            places.Return();
        }
    }

    private void UpdateGauges()
    {
        metrics.Running.Set(scheduler.Running.Count);
        metrics.Waiting.Set(scheduler.WaitingCount);
        metrics.FreeBlocks.Set(pool.FreeCount);
        metrics.Preemptions.Set(scheduler.Preemptions);
    }
}
