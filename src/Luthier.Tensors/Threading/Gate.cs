using System.Diagnostics;

namespace Luthier.Tensors.Threading;

/// <summary>
/// A number that only moves on, and a place to wait until it does. Waiting spins for some microseconds, as what is
/// awaited usually comes at once; then it lets other threads run, and at last sleeps, so that a machine with more
/// threads than cores loses little.
/// </summary>
internal sealed class Gate
{
    private const int PausesPerLook = 8;

    private static readonly long SpinTicks = Stopwatch.Frequency * 20 / 1_000_000;
    private static readonly long YieldTicks = Stopwatch.Frequency * 200 / 1_000_000;

    private readonly object sleepers = new();
    private int sleeping;
    private int value;

    public int Value => Volatile.Read(ref value);

    /// <summary>Moves the number on, and wakes all who wait.</summary>
    public void Advance()
    {
        // Either a sleeper has announced itself before and is seen here, or it sees the new value before it sleeps.
        Interlocked.Increment(ref value);
        if (Volatile.Read(ref sleeping) > 0)
        {
            lock (sleepers)
            {
                Monitor.PulseAll(sleepers);
            }
        }
    }

    /// <summary>Waits as long as the number is <paramref name="seen"/>.</summary>
    public void WaitWhile(int seen)
    {
        if (Value != seen || Spin(seen))
        {
            return;
        }

        Interlocked.Increment(ref sleeping);
        lock (sleepers)
        {
            while (Value == seen)
            {
                Monitor.Wait(sleepers);
            }
        }

        Interlocked.Decrement(ref sleeping);
    }

    private bool Spin(int seen)
    {
        var start = Stopwatch.GetTimestamp();
        long waited;
        while ((waited = Stopwatch.GetTimestamp() - start) < YieldTicks)
        {
            if (waited < SpinTicks)
            {
                for (var i = 0; i < PausesPerLook && Value == seen; i++)
                {
                    Thread.SpinWait(1);
                }
            }
            else
            {
                Thread.Yield();
            }

            if (Value != seen)
            {
                return true;
            }
        }

        return false;
    }
}
