using System.Numerics;
using System.Runtime.CompilerServices;

namespace Luthier.Text.Bpe;

/// <summary>A hash table from pairs of non-negative numbers to a 64-bit value, open-addressed: one probe most times.</summary>
internal sealed class PairTable
{
    public const ulong Absent = ulong.MaxValue;

    private ulong[] keySlots;
    private ulong[] valueSlots;
    private int slotShift;
    private int count;

    public PairTable(int capacity)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, capacity + (capacity / 2)));
        (keySlots, valueSlots, slotShift) = Allocate(size);
    }

    /// <summary>The value of a pair, or <see cref="Absent"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Find(int first, int second)
    {
        var keys = keySlots;
        var key = Key(first, second);
        for (var slot = Slot(key, slotShift); ; slot = (slot + 1) & (keys.Length - 1))
        {
            if (keys[slot] == key)
            {
                return valueSlots[slot];
            }

            if (keys[slot] == Absent)
            {
                return Absent;
            }
        }
    }

    public void Set(int first, int second, ulong value)
    {
        if (count >= keySlots.Length / 4 * 3)
        {
            Grow();
        }

        if (Insert(keySlots, valueSlots, slotShift, Key(first, second), value))
        {
            count++;
        }
    }

    private void Grow()
    {
        var (keys, values, shift) = Allocate(keySlots.Length * 2);
        for (var i = 0; i < keySlots.Length; i++)
        {
            if (keySlots[i] != Absent)
            {
                Insert(keys, values, shift, keySlots[i], valueSlots[i]);
            }
        }

        (keySlots, valueSlots, slotShift) = (keys, values, shift);
    }

    private static (ulong[] Keys, ulong[] Values, int Shift) Allocate(int size)
    {
        var keys = new ulong[size];
        Array.Fill(keys, Absent);
        return (keys, new ulong[size], 64 - BitOperations.Log2((uint)size));
    }

    private static bool Insert(ulong[] keys, ulong[] values, int shift, ulong key, ulong value)
    {
        for (var slot = Slot(key, shift); ; slot = (slot + 1) & (keys.Length - 1))
        {
            if (keys[slot] == Absent || keys[slot] == key)
            {
                var isNew = keys[slot] == Absent;
                keys[slot] = key;
                values[slot] = value;
                return isNew;
            }
        }
    }

    private static ulong Key(int first, int second) => ((ulong)(uint)first << 32) | (uint)second;

    private static int Slot(ulong key, int shift) => (int)((key * 0x9E3779B97F4A7C15) >> shift);
}
