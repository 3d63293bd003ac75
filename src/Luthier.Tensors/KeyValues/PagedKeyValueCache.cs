using Luthier.Tensors.Memory;

namespace Luthier.Tensors.KeyValues;

/// <summary>
/// Keys and values in blocks of 32 tokens, each with all layers. Which sequence holds which block is the caller's.
/// </summary>
/// <remarks>
/// A block is [layer][head][keys, values]: a part that one attention task reads lies together, and a whole block can be
/// sent as it is. Keys are [dimension][32 tokens], so that scores of 32 tokens are one product with a packed panel;
/// values are [32 tokens][dimension]. With <see cref="KeyValueType.Int8"/> both are followed by 32 float32 scales.
/// Memory is taken where it is first touched.
/// </remarks>
public sealed unsafe class PagedKeyValueCache : IDisposable
{
    /// <summary>Tokens of a block.</summary>
    public const int BlockTokens = 32;

    private readonly NativeMemory memory;

    /// <param name="shape">The model's sizes.</param>
    /// <param name="blocks">How many blocks there are.</param>
    /// <param name="type">How keys and values are held.</param>
    /// <exception cref="OutOfMemoryException">The system has not so much.</exception>
    public PagedKeyValueCache(KeyValueShape shape, int blocks, KeyValueType type)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blocks);
        Shape = shape;
        Type = type;
        Blocks = blocks;
        HalfBytes = HalfOf(shape, type);
        BlockBytes = BytesPerBlock(shape, type);
        memory = new NativeMemory(checked(BlockBytes * blocks));
    }

    public KeyValueShape Shape { get; }

    public KeyValueType Type { get; }

    public int Blocks { get; }

    /// <summary>Memory of one block.</summary>
    public long BlockBytes { get; }

    /// <summary>Memory of the keys, or of the values, of one head in one block.</summary>
    internal long HalfBytes { get; }

    /// <summary>Memory that a block takes.</summary>
    public static long BytesPerBlock(KeyValueShape shape, KeyValueType type) =>
        2L * shape.Layers * shape.Heads * HalfOf(shape, type);

    /// <summary>Blocks that so many tokens take.</summary>
    public static int BlocksFor(int tokens) => (tokens + BlockTokens - 1) / BlockTokens;

    /// <summary>The memory of a block, for whoever sends or receives it.</summary>
    public Span<byte> Block(int block)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)block, (uint)Blocks);
        return new Span<byte>(memory.Pointer + (block * BlockBytes), checked((int)BlockBytes));
    }

    /// <summary>The keys of a head in a block; its values come <see cref="HalfBytes"/> later.</summary>
    internal byte* Keys(int block, int layer, int head) =>
        memory.Pointer + (block * BlockBytes) + (2L * ((layer * Shape.Heads) + head) * HalfBytes);

    public void Dispose() => memory.Dispose();

    private static long HalfOf(KeyValueShape shape, KeyValueType type) =>
        type switch
        {
            KeyValueType.Float32 => (long)BlockTokens * shape.HeadDimension * sizeof(float),
            KeyValueType.BFloat16 => (long)BlockTokens * shape.HeadDimension * sizeof(ushort),
            KeyValueType.Int8 => ((long)BlockTokens * shape.HeadDimension) + (BlockTokens * sizeof(float)),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown type of keys and values"),
        };
}
