namespace Luthier.Generation.Constraints;

/// <summary>
/// Compiled constraints by kind and definition, up to so many bytes: those that were not used for longest go first.
/// Threads that ask for the same one wait for the one that compiles it.
/// </summary>
internal sealed class ConstraintCache(long maximumBytes)
{
    private readonly Lock gate = new();
    private readonly LinkedList<Entry> byUse = [];
    private readonly Dictionary<(string Kind, string Definition), LinkedListNode<Entry>> entries = [];
    private long bytes;

    public int Count
    {
        get
        {
            lock (gate)
            {
                return entries.Count;
            }
        }
    }

    public CompiledConstraint GetOrAdd((string Kind, string Definition) key, Func<CompiledConstraint> compile)
    {
        LinkedListNode<Entry>? node;
        lock (gate)
        {
            if (entries.TryGetValue(key, out node))
            {
                byUse.Remove(node);
            }
            else
            {
                node = new LinkedListNode<Entry>(new Entry(key, new Lazy<CompiledConstraint>(compile)));
                entries.Add(key, node);
            }

            byUse.AddFirst(node);
        }

        try
        {
            var compiled = node.Value.Compiled.Value;
            Settle(node, compiled);
            return compiled;
        }
        catch
        {
            lock (gate)
            {
                Remove(node);
            }

            throw;
        }
    }

    /// <summary>Counts the memory of what was compiled just now, and makes room for it.</summary>
    private void Settle(LinkedListNode<Entry> node, CompiledConstraint compiled)
    {
        lock (gate)
        {
            if (node.Value.Bytes > 0 || node.List is null)
            {
                return;
            }

            node.Value.Bytes = compiled.Bytes + (2L * node.Value.Key.Definition.Length);
            bytes += node.Value.Bytes;
            while (bytes > maximumBytes && byUse.Last is { } oldest && oldest != node)
            {
                Remove(oldest);
            }
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        if (node.List is not null)
        {
            byUse.Remove(node);
            entries.Remove(node.Value.Key);
            bytes -= node.Value.Bytes;
        }
    }

    private sealed class Entry((string Kind, string Definition) key, Lazy<CompiledConstraint> compiled)
    {
        public (string Kind, string Definition) Key => key;

        public Lazy<CompiledConstraint> Compiled => compiled;

        /// <summary>0 until it is compiled.</summary>
        public long Bytes { get; set; }
    }
}
