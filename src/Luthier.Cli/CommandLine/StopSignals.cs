using System.Runtime.InteropServices;

namespace Luthier.Cli.CommandLine;

/// <summary>
/// Turns Ctrl-C and SIGTERM into a cancelled token, so that work ends at a point where it can resume. The second
/// signal ends the process at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration interrupt;
    private readonly PosixSignalRegistration terminate;
    private readonly Lock gate = new();
    private CancellationTokenSource? diverted;

    public StopSignals()
    {
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    }

    public CancellationToken Token => source.Token;

    /// <summary>Until what is returned is disposed of, Ctrl-C cancels only this piece of work, once.</summary>
    public IDisposable Divert(CancellationTokenSource work)
    {
        lock (gate)
        {
            diverted = work;
        }

        return new Diversion(this);
    }

    public void Dispose()
    {
        interrupt.Dispose();
        terminate.Dispose();
        source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        if (context.Signal == PosixSignal.SIGINT && CancelDiverted())
        {
            context.Cancel = true;
            return;
        }

        if (!source.IsCancellationRequested)
        {
            context.Cancel = true;
            source.Cancel();
        }
    }

    // Within the lock, the work is still there: what ends a diversion waits for it.
    private bool CancelDiverted()
    {
        lock (gate)
        {
            var work = diverted;
            diverted = null;
            work?.Cancel();
            return work is not null;
        }
    }

    private sealed class Diversion(StopSignals signals) : IDisposable
    {
        public void Dispose()
        {
            lock (signals.gate)
            {
                signals.diverted = null;
            }
        }
    }
}
