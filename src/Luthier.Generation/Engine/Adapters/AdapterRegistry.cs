using System.Collections.Concurrent;
using Luthier.Formats;
using Luthier.Models.Adapters;
using Luthier.Models.Transformers;

namespace Luthier.Generation.Engine.Adapters;

/// <summary>The adapters that requests may name. For any thread; the model itself stays as it is.</summary>
internal sealed class AdapterRegistry(Transformer? model)
{
    private readonly ConcurrentDictionary<string, LoadedAdapter> adapters = new(StringComparer.Ordinal);
    private long loaded;

    public IReadOnlyCollection<AdapterInfo> Infos => [.. adapters.Values.Select(adapter => adapter.Info)];

    /// <summary>Loads an adapter from PEFT files; nothing changes if that fails.</summary>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    /// <exception cref="IOException">A file can't be opened.</exception>
    /// <exception cref="InvalidFileException">A file is not what it should be, or does not fit the model.</exception>
    public void Load(string name, string folder)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            throw new ArgumentException("the adapter's name is empty");
        }

        CheckFree(name, adapters.ContainsKey(name));
        var adapter = Adapter.Load(
            model ?? throw new InvalidOperationException("no model to adapt"),
            folder,
            attach: false
        );
        LoraSet updates;
        try
        {
            updates = adapter.Updates();
        }
        catch (NotSupportedException exception)
        {
            throw new InvalidFileException(folder, exception.Message, exception);
        }

        var number = Interlocked.Increment(ref loaded);
        var added = adapters.TryAdd(name, new LoadedAdapter(number, name, folder, adapter.Config.Rank, updates));
        CheckFree(name, !added);
    }

    /// <summary>No new request may use the adapter; completes when those that do have ended.</summary>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public Task Unload(string name) =>
        adapters.TryRemove(name, out var adapter) ? adapter.Retire() : throw Unknown(name);

    /// <summary>The adapter for a request, which has to leave it when it ends; null for the model itself.</summary>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public LoadedAdapter? Use(string? name) =>
        name is null ? null
        : adapters.TryGetValue(name, out var adapter) && adapter.TryUse() ? adapter
        : throw Unknown(name);

    private static void CheckFree(string name, bool taken)
    {
        if (taken)
        {
            throw new ArgumentException($"an adapter '{name}' is loaded already: unload it first");
        }
    }

    private static ArgumentException Unknown(string name) => new($"there is no adapter '{name}'");
}
