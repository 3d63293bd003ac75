using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Luthier.Tensors.Threading;

/// <summary>
/// A fixed set of threads that run the same work together. The caller is member 0; the others wait in between, at
/// first spinning. One piece of work runs at a time, and none from inside another; callers on several threads take
/// turns.
/// </summary>
public sealed class ThreadTeam : IDisposable
{
    [ThreadStatic]
    private static ThreadTeam? working;

    // How long a member stays after a move, whatever it meets.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(1);

    private readonly Thread[] members;

    // Where members began the work at hand.
    private readonly int[] processors;
    private readonly Gate start = new();
    private readonly Gate done = new();
    private readonly Gate barrier = new();
    private readonly Lock turn = new();
    private readonly Dictionary<Type, object> ranged = [];
    private Action<int>? work;
    private ExceptionDispatchInfo? failure;
    private int running;
    private int arrived;
    private volatile bool stopping;

    /// <param name="threads">Members including the caller; 0 takes all cores.</param>
    public ThreadTeam(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Count = threads == 0 ? Environment.ProcessorCount : threads;
        members = new Thread[Count - 1];
        processors = new int[Count];
        for (var i = 0; i < members.Length; i++)
        {
            var index = i + 1;
            members[i] = new Thread(() => Serve(index), maxStackSize: 1 << 20)
            {
                IsBackground = true,
                Name = $"luthier-{index}",
            };
            members[i].Start();
        }
    }

    /// <summary>Number of members.</summary>
    public int Count { get; }

    /// <summary>
    /// Runs <paramref name="body"/> once on every member with its index, and returns when all are done. If members
    /// fail, the exception of the first is thrown, after all have ended.
    /// </summary>
    /// <exception cref="InvalidOperationException">Called from inside the team's work.</exception>
    public void Run(Action<int> body)
    {
        if (ReferenceEquals(working, this))
        {
            throw new InvalidOperationException("a member of a thread team can't start another piece of work on it");
        }

        lock (turn)
        {
            ObjectDisposedException.ThrowIf(stopping, this);
            work = body;
            failure = null;
            arrived = 0;
            Volatile.Write(ref running, members.Length);
            var finished = done.Value;
            if (members.Length > 0)
            {
                Volatile.Write(ref processors[0], Processors.Current);
                start.Advance();
            }

            RunMember(0);
            if (members.Length > 0)
            {
                done.WaitWhile(finished);
            }

            work = null;
            failure?.Throw();
        }
    }

    /// <summary>Splits 0..count into one contiguous range a member, in multiples of <paramref name="grain"/>.</summary>
    public void For(int count, int grain, Action<int, int> body)
    {
        var units = (count + grain - 1) / grain;
        if (Count == 1 || units <= 1)
        {
            if (count > 0)
            {
                body(0, count);
            }

            return;
        }

        Run(member =>
        {
            var first = (int)((long)units * member / Count) * grain;
            var end = Math.Min((int)((long)units * (member + 1) / Count) * grain, count);
            if (first < end)
            {
                body(first, end);
            }
        });
    }

    /// <summary>The same without garbage: the body gets what it needs as a state, and captures nothing.</summary>
    public void For<T>(int count, int grain, in T state, Action<T, int, int> body)
        where T : struct
    {
        var units = (count + grain - 1) / grain;
        if (Count == 1 || units <= 1)
        {
            if (count > 0)
            {
                body(state, 0, count);
            }

            return;
        }

        Ranges<T> ranges;
        lock (turn)
        {
            ranges = ranged.TryGetValue(typeof(T), out var known) ? (Ranges<T>)known : new Ranges<T>(this);
            ranged[typeof(T)] = ranges;
        }

        ranges.Run(count, grain, state, body);
    }

    /// <summary>
    /// Inside <see cref="Run"/>: waits until every member has come here. Every member must come equally often.
    /// </summary>
    /// <exception cref="OperationCanceledException">A member has failed and will never come.</exception>
    public void Barrier()
    {
        if (Count == 1)
        {
            return;
        }

        var seen = barrier.Value;
        ThrowIfBroken();
        if (Interlocked.Increment(ref arrived) == Count)
        {
            Volatile.Write(ref arrived, 0);
            barrier.Advance();
            return;
        }

        barrier.WaitWhile(seen);
        ThrowIfBroken();
    }

    /// <summary>Ends the threads, once the work that runs is done.</summary>
    public void Dispose()
    {
        lock (turn)
        {
            if (stopping)
            {
                return;
            }

            stopping = true;
            start.Advance();
        }

        foreach (var member in members)
        {
            member.Join();
        }
    }

    private void Serve(int index)
    {
        var seen = 0;
        var moved = 0L;
        var spreads = Count <= Environment.ProcessorCount;
        while (true)
        {
            start.WaitWhile(seen);
            seen++;
            if (stopping)
            {
                return;
            }

            if (spreads)
            {
                Spread(index, ref moved);
            }

            RunMember(index);
            if (Interlocked.Decrement(ref running) == 0)
            {
                done.Advance();
            }
        }
    }

    // Two members on one processor: the later one goes.
    private void Spread(int index, ref long moved)
    {
        var here = Processors.Current;
        if (
            here >= 0
            && processors.AsSpan(0, index).Contains(here)
            && (moved == 0 || Stopwatch.GetElapsedTime(moved) > Rest)
        )
        {
            Processors.Leave(here);
            here = Processors.Current;
            moved = Stopwatch.GetTimestamp();
        }

        Volatile.Write(ref processors[index], here);
    }

    private void RunMember(int index)
    {
        working = this;
        try
        {
            work!(index);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);

            // Those who wait at a barrier would wait for ever.
            barrier.Advance();
        }
        finally
        {
            working = null;
        }
    }

    private void ThrowIfBroken()
    {
        if (Volatile.Read(ref failure) is not null)
        {
            throw new OperationCanceledException("another member of the thread team failed");
        }
    }

    // A range for each member, with a state that bodies need not capture; made once for each type of state.
    private sealed class Ranges<T>
        where T : struct
    {
        private readonly ThreadTeam team;
        private readonly Action<int> run;
        private Action<T, int, int>? body;
        private T state;
        private int count;
        private int grain;

        public Ranges(ThreadTeam team)
        {
            this.team = team;
            run = RunMember;
        }

        public void Run(int newCount, int newGrain, in T newState, Action<T, int, int> newBody)
        {
            lock (this)
            {
                (count, grain, state, body) = (newCount, newGrain, newState, newBody);
                team.Run(run);
            }
        }

        private void RunMember(int member)
        {
            var units = (count + grain - 1) / grain;
            var first = (int)((long)units * member / team.Count) * grain;
            var end = Math.Min((int)((long)units * (member + 1) / team.Count) * grain, count);
            if (first < end)
            {
                body!(state, first, end);
            }
        }
    }
}
