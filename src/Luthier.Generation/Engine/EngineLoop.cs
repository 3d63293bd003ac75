using System.Collections.Concurrent;
using Luthier.Generation.Engine.Blocks;
using Luthier.Generation.Engine.Execution;
using Luthier.Generation.Engine.Metrics;
using Luthier.Generation.Engine.Scheduling;

namespace Luthier.Generation.Engine;

/// <summary>
/// The one thread that owns sequences, blocks and model. Others talk to it by a queue, which it empties before each step;
/// where there is nothing to compute it sleeps.
/// </summary>
internal sealed class EngineLoop : IDisposable
{
    private readonly ConcurrentQueue<Command> commands = new();
    private readonly AutoResetEvent wake = new(initialState: false);
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly QueuePlaces places;
    private readonly EngineCore core;
    private readonly IModelRunner runner;
    private readonly Thread thread;
    private Exception? fault;
    private bool draining;
    private bool stopping;
    private volatile bool stopped;

    /// <param name="runner">Disposed of with this.</param>
    /// <param name="options">How the engine works.</param>
    /// <param name="metrics">Where all is counted.</param>
    /// <param name="time">Of the metrics.</param>
    public EngineLoop(IModelRunner runner, EngineOptions options, EngineMetrics metrics, TimeProvider time)
    {
        this.runner = runner;
        places = new QueuePlaces(options.MaxWaiting);
        core = new EngineCore(runner, options, places, metrics, time);
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
    public BlockTable NewTable(UInt128 root, bool findable) => core.NewTable(root, findable);

    /// <summary>Lets the thread compute a sequence.</summary>
    /// <exception cref="QueueFullException">Too many wait.</exception>
    public void Add(Sequence sequence)
    {
        places.Take();
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
            Work();
        }
        catch (Exception exception)
        {
            Volatile.Write(ref fault, exception);
        }

        stopped = true;
        core.AbortAll(fault);
        RefuseRest();
        drained.TrySetResult();
    }

    private void Work()
    {
        TakeCommands();
        while (!stopping)
        {
            if (!core.Step())
            {
                if (draining)
                {
                    drained.TrySetResult();
                }

                wake.WaitOne();
            }

            TakeCommands();
        }
    }

    private void TakeCommands()
    {
        while (commands.TryDequeue(out var command))
        {
            switch (command.Kind)
            {
                case CommandKind.Add:
                    core.Add(command.Sequence!);
                    break;
                case CommandKind.Cancel:
                    core.Abort(command.Sequence!, error: null);
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

    private void RefuseRest()
    {
        while (commands.TryDequeue(out var command))
        {
            if (command.Kind == CommandKind.Add)
            {
                command.Sequence!.Adapter?.Leave();
                command.Sequence.Work.OnAborted(command.Sequence, new EngineStoppedException("the engine has stopped"));
            }
        }
    }

    private readonly record struct Command(CommandKind Kind, Sequence? Sequence = null);
}
