using Luthier.Models.Configuration;
using Luthier.Tensors;

namespace Luthier.Models.Transformers;

/// <summary>
/// Keys and values of one sequence's tokens, contiguous for each layer, so that a token is computed once. The memory
/// doubles as the sequence grows, up to the longest that was asked for.
/// </summary>
public sealed unsafe class KeyValueCache
{
    private const int InitialTokens = 64;

    private readonly Tensor[] keys;
    private readonly Tensor[] values;
    private readonly int columns;

    /// <param name="config">The model's sizes.</param>
    /// <param name="maxTokens">The longest sequence.</param>
    public KeyValueCache(ModelConfig config, int maxTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxTokens);
        MaxTokens = maxTokens;
        columns = config.KeyValueHeads * config.HeadDimension;
        keys = new Tensor[config.Layers];
        values = new Tensor[config.Layers];
        for (var layer = 0; layer < config.Layers; layer++)
        {
            keys[layer] = Tensor.Create(DType.Float32, Math.Min(InitialTokens, maxTokens), columns);
            values[layer] = Tensor.Create(DType.Float32, Math.Min(InitialTokens, maxTokens), columns);
        }
    }

    /// <summary>Tokens that every layer holds.</summary>
    public int Length { get; private set; }

    public int MaxTokens { get; }

    /// <summary>Forgets all tokens but the first <paramref name="length"/>.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <summary>
    /// Adds a layer's keys and values [n, kvHeads · d] after those it holds, and gives all of them. The tokens count
    /// once <see cref="Advance"/> is called, after the last layer.
    /// </summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor newKeys, Tensor newValues)
    {
        var total = checked(Length + newKeys.Rows);
        if (total > MaxTokens)
        {
            throw new InvalidOperationException($"the sequence has {total} tokens, more than the {MaxTokens} planned");
        }

        return (Append(ref keys[layer], newKeys, total), Append(ref values[layer], newValues, total));
    }

    internal void Advance(int tokens) => Length += tokens;

    private Tensor Append(ref Tensor held, Tensor added, int total)
    {
        if (held.Rows < total)
        {
            var rows = (int)Math.Min(MaxTokens, Math.Max(total, 2L * held.Rows));
            var larger = Tensor.Create(DType.Float32, rows, columns);
            Copy(held, larger, 0, Length);
            held = larger;
        }

        Copy(added, held, Length, added.Rows);
        return held.Slice(0, total);
    }

    private void Copy(Tensor from, Tensor to, int firstRow, int rows)
    {
        var bytes = (long)rows * columns * sizeof(float);
        var target = to.Data + ((long)firstRow * columns * sizeof(float));
        Buffer.MemoryCopy(from.Data, target, bytes, bytes);
        GC.KeepAlive(from);
    }
}
