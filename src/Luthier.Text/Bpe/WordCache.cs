using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Luthier.Text.Bpe;

/// <summary>
/// The ids of words met lately. A fixed number of slots; a word may lie in two of them, the newest in the first. An entry
/// doesn't change and is replaced whole: threads share the cache without locks, and its memory is bounded.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longer words are too rare to keep.</summary>
    public const int MaximumWordLength = 64;

    private const int SlotBits = 16;
    private readonly Entry?[] entries = new Entry?[1 << SlotBits];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryGet(ReadOnlySpan<char> word, out ReadOnlySpan<int> ids, out int slot)
    {
        slot = SlotOf(word);
        var entry = Volatile.Read(ref entries[slot]);
        if (entry is null || !word.SequenceEqual(entry.Word))
        {
            entry = Volatile.Read(ref entries[slot ^ 1]);
            if (entry is null || !word.SequenceEqual(entry.Word))
            {
                ids = default;
                return false;
            }
        }

        ids = entry.Ids;
        return true;
    }

    /// <param name="slot">As <see cref="TryGet"/> gave it for this word.</param>
    public void Set(int slot, ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        Volatile.Write(ref entries[slot ^ 1], Volatile.Read(ref entries[slot]));
        Volatile.Write(ref entries[slot], new Entry(word.ToString(), ids.ToArray()));
    }

    private static int SlotOf(ReadOnlySpan<char> word)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        var bytes = MemoryMarshal.AsBytes(word);
        var hash = (ulong)bytes.Length;
        while (bytes.Length >= sizeof(ulong))
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        for (var i = 0; i < bytes.Length; i += sizeof(char))
        {
            hash = (hash << 16) ^ (hash >> 48) ^ BinaryPrimitives.ReadUInt16LittleEndian(bytes[i..]);
        }

        return (int)(Mix(hash) >> (64 - SlotBits));

        static ulong Mix(ulong value) => (value ^ (value >> 32)) * Multiplier;
    }

    private sealed record Entry(string Word, int[] Ids);
}
