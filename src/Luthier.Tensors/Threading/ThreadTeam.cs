namespace Luthier.Tensors.Threading;

/// <summary>
/// A fixed set of threads that run the same work together. The caller is member 0; the others spin for a while
/// between two pieces of work, then sleep. One piece runs at a time and must not start another.
/// </summary>
public sealed class ThreadTeam : IDisposable
{
    private const int SpinsBeforeSleep = 20_000;

    private readonly Thread[] members;
    private readonly ManualResetEventSlim wake = new(initialState: false, spinCount: 0);
    private readonly Lock gate = new();
    private Action<int>? work;
    private Exception? failure;
    private volatile int generation;
    private volatile bool stopping;
    private int running;
    private int barrierArrived;
    private volatile int barrierSense;
    private int sleeping;

    /// <param name="threads">Members including the caller; 0 takes all cores.</param>
    public ThreadTeam(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Count = threads == 0 ? Environment.ProcessorCount : threads;
        members = new Thread[Count - 1];
        for (var i = 0; i < members.Length; i++)
        {
            var index = i + 1;
            members[i] = new Thread(() => Loop(index), maxStackSize: 1 << 20)
            {
                IsBackground = true,
                Name = $"luthier-{index}",
            };
            members[i].Start();
        }
    }

    /// <summary>Number of members.</summary>
    public int Count { get; }

    /// <summary>Runs <paramref name="body"/> once on every member with its index, and returns when all are done.</summary>
    public void Run(Action<int> body)
    {
        if (Count == 1)
        {
            body(0);
            return;
        }

        lock (gate)
        {
            work = body;
            failure = null;
            Volatile.Write(ref running, members.Length);
            Interlocked.Increment(ref generation);
            if (Volatile.Read(ref sleeping) > 0)
            {
                wake.Set();
            }

            try
            {
                body(0);
            }
            finally
            {
                var spinner = default(SpinWait);
                while (Volatile.Read(ref running) > 0)
                {
                    spinner.SpinOnce(sleep1Threshold: -1);
                }

                wake.Reset();
                work = null;
            }

            if (failure is { } exception)
            {
                throw new InvalidOperationException("a member of the thread team failed", exception);
            }
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
            var start = (int)((long)units * member / Count) * grain;
            var end = Math.Min((int)((long)units * (member + 1) / Count) * grain, count);
            if (start < end)
            {
                body(start, end);
            }
        });
    }

    /// <summary>Inside <see cref="Run"/>: waits until every member has come here.</summary>
    public void Barrier()
    {
        if (Count == 1)
        {
            return;
        }

        var sense = barrierSense;
        if (Interlocked.Increment(ref barrierArrived) == Count)
        {
            barrierArrived = 0;
            Interlocked.Increment(ref barrierSense);
            return;
        }

        var spins = 0;
        while (barrierSense == sense)
        {
            if (++spins < 4096)
            {
                Thread.SpinWait(1);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    public void Dispose()
    {
        stopping = true;
        Interlocked.Increment(ref generation);
        wake.Set();
        foreach (var member in members)
        {
            member.Join();
        }

        wake.Dispose();
    }

    private void Loop(int index)
    {
        var seen = 0;
        while (true)
        {
            Await(seen);
            seen = generation;
            if (stopping)
            {
                return;
            }

            try
            {
                work!(index);
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
            }

            Interlocked.Decrement(ref running);
        }
    }

    private void Await(int seen)
    {
        for (var spins = 0; spins < SpinsBeforeSleep; spins++)
        {
            if (generation != seen)
            {
                return;
            }

            Thread.SpinWait(4);
        }

        Interlocked.Increment(ref sleeping);
        while (generation == seen)
        {
            wake.Wait(TimeSpan.FromMilliseconds(50));
        }

        Interlocked.Decrement(ref sleeping);
    }
}
