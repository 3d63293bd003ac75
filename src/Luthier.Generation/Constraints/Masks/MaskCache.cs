using System.Runtime.InteropServices;

namespace Luthier.Generation.Constraints.Masks;

/// <summary>
/// Masks by what they follow, up to so many bytes: those that were not used for longest go first. For several threads at
/// once.
/// </summary>
internal sealed class MaskCache(long maximumBytes)
{
    /// <summary>What an entry takes besides its mask and key, about.</summary>
    private const int EntryBytes = 200;

    private readonly Lock gate = new();
    private readonly LinkedList<(int[] Key, AllowedTokens Mask)> byUse = [];
    private readonly Dictionary<int[], LinkedListNode<(int[] Key, AllowedTokens Mask)>> entries = new(
        new KeyComparer()
    );
    private long bytes;

    public long Bytes
    {
        get
        {
            lock (gate)
            {
                return bytes;
            }
        }
    }

    public AllowedTokens? Find(ReadOnlySpan<int> key)
    {
        lock (gate)
        {
            if (!entries.GetAlternateLookup<ReadOnlySpan<int>>().TryGetValue(key, out var node))
            {
                return null;
            }

            byUse.Remove(node);
            byUse.AddFirst(node);
            return node.Value.Mask;
        }
    }

    public void Add(ReadOnlySpan<int> key, AllowedTokens mask)
    {
        lock (gate)
        {
            var kept = key.ToArray();
            var node = new LinkedListNode<(int[], AllowedTokens)>((kept, mask));
            if (!entries.TryAdd(kept, node))
            {
                return;
            }

            byUse.AddFirst(node);
            bytes += SizeOf(node.Value);
            while (bytes > maximumBytes && byUse.Last is { } oldest)
            {
                byUse.RemoveLast();
                entries.Remove(oldest.Value.Key);
                bytes -= SizeOf(oldest.Value);
            }
        }
    }

    private static long SizeOf((int[] Key, AllowedTokens Mask) entry) =>
        EntryBytes + (4L * entry.Key.Length) + entry.Mask.Bytes;

    private sealed class KeyComparer : IEqualityComparer<int[]>, IAlternateEqualityComparer<ReadOnlySpan<int>, int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<int> alternate, int[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<int> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes(alternate));
            return hash.ToHashCode();
        }

        public int[] Create(ReadOnlySpan<int> alternate) => alternate.ToArray();
    }
}
