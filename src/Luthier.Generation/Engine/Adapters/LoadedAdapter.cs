using Luthier.Models.Adapters;

namespace Luthier.Generation.Engine.Adapters;

/// <summary>An adapter that requests use, and how many do.</summary>
/// <param name="number">
/// Tells it from any other that was ever loaded, so that one loaded later by the same name finds no keys and values of
/// this one.
/// </param>
internal sealed class LoadedAdapter(long number, string name, string folder, int rank, LoraSet updates)
{
    private readonly TaskCompletionSource unused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private int users;
    private bool retired;

    public long Number => number;

    public LoraSet Updates => updates;

    public AdapterInfo Info => new(name, folder, rank, Volatile.Read(ref users));

    /// <summary>One more request uses it; false if it is being unloaded.</summary>
    public bool TryUse()
    {
        lock (gate)
        {
            users += retired ? 0 : 1;
            return !retired;
        }
    }

    /// <summary>A request that used it has ended.</summary>
    public void Leave()
    {
        lock (gate)
        {
            users--;
            CompleteIfUnused();
        }
    }

    /// <summary>Lets nobody use it any more; completes when nobody does.</summary>
    public Task Retire()
    {
        lock (gate)
        {
            retired = true;
            CompleteIfUnused();
        }

        return unused.Task;
    }

    private void CompleteIfUnused()
    {
        if (retired && users == 0)
        {
            unused.TrySetResult();
        }
    }
}
