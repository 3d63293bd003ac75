using System.Collections.Concurrent;
using Luthier.Generation.Engine.Blocks;
using Luthier.Generation.Engine.Execution;
using Luthier.Generation.Engine.Metrics;
using Luthier.Generation.Engine.Scheduling;

namespace Luthier.Generation.Engine;

/// <summary>
/// The one thread that owns scheduler, blocks and model. Others talk to it by a queue, which it empties before each
/// step; where there is nothing to compute it sleeps.
/// </summary>
internal sealed class EngineLoop : IStepResults, IDisposable
{
    private readonly ConcurrentQueue<Command> commands = new();
    private readonly AutoResetEvent wake = new(initialState: false);
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HashSet<Sequence> sequences = [];
    private readonly List<(Sequence Sequence, Exception Error)> faults = [];
    private readonly Scheduler scheduler;
    private readonly BlockPool pool;
    private readonly IModelRunner runner;
    private readonly EngineMetrics metrics;
    private readonly TimeProvider time;
    private readonly Thread thread;
    private readonly int maxWaiting;
    private StepPlan? plan;
    private Exception? fault;
    private int waiting;
    private bool draining;
    private bool stopping;
    private volatile bool stopped;

    public EngineLoop(IModelRunner runner, EngineOptions options, EngineMetrics metrics, TimeProvider time)
    {
        this.runner = runner;
        this.metrics = metrics;
        this.time = time;
        maxWaiting = options.MaxWaiting;
        pool = new BlockPool(runner.Blocks);
        scheduler = new Scheduler(pool, options.MaxBatchedTokens, options.MaxSequences);
        metrics.FreeBlocks.Set(pool.FreeCount);
        thread = new Thread(Run) { IsBackground = true, Name = "engine" };
        thread.Start();
    }

    private enum CommandKind
    {
        Add = 0,
        Cancel,
        Drain,
        Stop,
    }

    /// <summary>Why the engine computes no more; null: it works.</summary>
    public Exception? Fault => Volatile.Read(ref fault);

    /// <summary>Completes when it was asked to drain and has computed everything.</summary>
    public Task Drained => drained.Task;

    /// <summary>A table for a sequence to be added.</summary>
    public BlockTable NewTable(UInt128 root, bool findable) => new(pool, root, findable);

    /// <summary>Lets the thread compute a sequence.</summary>
    /// <exception cref="QueueFullException">Too many wait.</exception>
    public void Add(Sequence sequence)
    {
        if (Interlocked.Increment(ref waiting) > maxWaiting)
        {
            Interlocked.Decrement(ref waiting);
            throw new QueueFullException(maxWaiting);
        }

        Post(new Command(CommandKind.Add, sequence));
    }

    /// <summary>Ends a sequence that was added, if it has not ended.</summary>
    public void Cancel(Sequence sequence) => Post(new Command(CommandKind.Cancel, sequence));

    /// <summary>Lets <see cref="Drained"/> complete as soon as nothing is left to compute.</summary>
    public void Drain() => Post(new Command(CommandKind.Drain));

    /// <summary>Lets the thread cancel what is left and end.</summary>
    public void Stop() => Post(new Command(CommandKind.Stop));

    /// <summary>Stops, and waits for the thread.</summary>
    public void Dispose()
    {
        Stop();
        thread.Join();

        // Not the event: somebody may be about to set it. Nobody waits for it any more.
        runner.Dispose();
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

    private void Post(Command command)
    {
        commands.Enqueue(command);
        if (stopped)
        {
            // The thread may have looked at the queue for the last time before this was in it.
            RefuseRest();
        }
        else
        {
            wake.Set();
        }
    }

    private void Run()
    {
        try
        {
            while (!stopping)
            {
                TakeCommands();
                if (!Step() && !stopping)
                {
                    wake.WaitOne();
                }
            }
        }
        catch (Exception exception)
        {
            Volatile.Write(ref fault, exception);
        }

        stopped = true;
        foreach (var sequence in sequences.ToArray())
        {
            Abort(sequence, fault);
        }

        UpdateGauges();
        RefuseRest();
        drained.TrySetResult();
    }

    private void TakeCommands()
    {
        while (commands.TryDequeue(out var command))
        {
            switch (command.Kind)
            {
                case CommandKind.Add:
                    sequences.Add(command.Sequence!);
                    scheduler.Add(command.Sequence!);
                    break;
                case CommandKind.Cancel:
                    Abort(command.Sequence!, error: null);
                    break;
                case CommandKind.Drain:
                    draining = true;
                    break;
                default:
                    stopping = true;
                    break;
            }
        }
    }

    /// <summary>
    /// 1. Plans. 2. Computes; results go to the sequences as they come. 3. Ends those that failed. 4. Lets the others go
    /// on to their next token. False if there was nothing to compute.
    /// </summary>
    private bool Step()
    {
        // 1.
        plan = scheduler.Plan();
        foreach (var sequence in scheduler.Admitted)
        {
            Interlocked.Decrement(ref waiting);
            sequence.Work.OnAdmitted(time.GetTimestamp());
        }

        if (plan.Count == 0)
        {
            OnIdle();
            return false;
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

    private void OnIdle()
    {
        if (sequences.Count > 0)
        {
            throw new InvalidOperationException($"{sequences.Count} sequences are left that no step computes");
        }

        UpdateGauges();
        if (draining)
        {
            drained.TrySetResult();
        }
    }

    private void Abort(Sequence sequence, Exception? error)
    {
        if (sequences.Contains(sequence))
        {
            Remove(sequence);
            sequence.Work.OnAborted(sequence, error);
        }
    }

    private void Remove(Sequence sequence)
    {
        sequences.Remove(sequence);
        scheduler.Remove(sequence);
        sequence.Adapter?.Leave();
        if (!sequence.WasAdmitted)
        {
            Interlocked.Decrement(ref waiting);
        }
    }

    private void RefuseRest()
    {
        while (commands.TryDequeue(out var command))
        {
            if (command.Kind == CommandKind.Add)
            {
                command.Sequence!.Work.OnAborted(
                    command.Sequence,
                    new EngineStoppedException("the engine has stopped")
                );
            }
        }
    }

    private void UpdateGauges()
    {
        metrics.Running.Set(scheduler.Running.Count);
        metrics.Waiting.Set(scheduler.WaitingCount);
        metrics.FreeBlocks.Set(pool.FreeCount);
        metrics.Preemptions.Set(scheduler.Preemptions);
    }

    private readonly record struct Command(CommandKind Kind, Sequence? Sequence = null);
}
