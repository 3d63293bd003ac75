namespace Luthier.Formats.Weights;

/// <summary>One file of a plan.</summary>
/// <param name="FileName">Without folder.</param>
/// <param name="Tensors">What it holds, in the model's order.</param>
/// <param name="Bytes">Of data; tensors that share memory count once.</param>
public sealed record Shard(string FileName, IReadOnlyList<TensorInfo> Tensors, long Bytes);

/// <summary>
/// Which tensor goes into which file, by the rule of Transformers: tensors are taken in the model's order; one larger
/// than the limit gets a file of its own while the current file stays open; any other that would make the current file
/// larger than the limit starts a new one. Only sizes are needed, so that a plan can be made without weights.
/// </summary>
public sealed class ShardPlan
{
    private ShardPlan(IReadOnlyList<Shard> shards, WeightNaming naming)
    {
        Shards = shards;
        Naming = naming;
        TotalBytes = shards.Sum(shard => shard.Bytes);
    }

    public WeightNaming Naming { get; }

    /// <summary>At least one.</summary>
    public IReadOnlyList<Shard> Shards { get; }

    /// <summary>Bytes of data in all files; tensors that share memory count once.</summary>
    public long TotalBytes { get; }

    /// <summary>Whether there are several files, and therefore an index.</summary>
    public bool HasIndex => Shards.Count > 1;

    /// <param name="tensors">In the model's order; equal <see cref="TensorInfo.Storage"/> keys mark tied tensors.</param>
    /// <param name="maxShardBytes">The largest file of more than one tensor, counting data only.</param>
    /// <param name="naming">How the files are called.</param>
    public static ShardPlan Create(IEnumerable<TensorInfo> tensors, long maxShardBytes, WeightNaming naming)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxShardBytes, 1);
        var shards = new List<Draft>();
        var homes = new Dictionary<object, Draft>();
        var current = new Draft();
        foreach (var tensor in tensors)
        {
            if (tensor.Storage is { } key && homes.TryGetValue(key, out var home))
            {
                home.Tensors.Add(tensor);
                continue;
            }

            var shard = current;
            if (tensor.Bytes > maxShardBytes)
            {
                shard = new Draft();
                shards.Add(shard);
            }
            else if (current.Bytes + tensor.Bytes > maxShardBytes)
            {
                shards.Add(current);
                shard = current = new Draft();
            }

            shard.Tensors.Add(tensor);
            shard.Bytes += tensor.Bytes;
            if (tensor.Storage is { } storage)
            {
                homes.Add(storage, shard);
            }
        }

        if (current.Tensors.Count > 0 || shards.Count == 0)
        {
            shards.Add(current);
        }

        return new ShardPlan(
            [.. shards.Select((item, i) => new Shard(naming.Shard(i + 1, shards.Count), item.Tensors, item.Bytes))],
            naming
        );
    }

    private sealed class Draft
    {
        public List<TensorInfo> Tensors { get; } = [];

        public long Bytes { get; set; }
    }
}
