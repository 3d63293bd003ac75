using System.Numerics;

namespace Luthier.Training.Sampling;

/// <summary>
/// NumPy's default generator (PCG64 seeded through SeedSequence), so that a split or a permutation by a seed is the one
/// that the datasets library makes. Source: numpy/random/src/pcg64 and bit_generator.pyx.
/// </summary>
internal sealed class SeededRandom
{
    private const int PoolSize = 4;
    private static readonly UInt128 Multiplier = new(2549297995355413924, 4865540595714422341);

    private readonly UInt128 increment;
    private UInt128 state;
    private uint? held;

    /// <param name="seed">One or more numbers; each sequence of numbers gives a stream of its own.</param>
    public SeededRandom(params ReadOnlySpan<uint> seed)
    {
        var words = SeedWords(seed);
        increment = (new UInt128(words[2], words[3]) << 1) | 1;
        state = increment + new UInt128(words[0], words[1]);
        state = (state * Multiplier) + increment;
    }

    /// <summary>64 random bits.</summary>
    public ulong Next64()
    {
        state = (state * Multiplier) + increment;
        return BitOperations.RotateRight((ulong)(state >> 64) ^ (ulong)state, (int)(state >> 122));
    }

    /// <summary>A whole number from 0 to below <paramref name="bound"/>, which is at least 1.</summary>
    public int Below(int bound)
    {
        // As NumPy's shuffle draws: the fewest bits that hold the largest number, again until it is in range.
        var mask = bound == 1 ? 0 : uint.MaxValue >> BitOperations.LeadingZeroCount((uint)(bound - 1));
        while (mask != 0)
        {
            var value = Next32() & mask;
            if (value < (uint)bound)
            {
                return (int)value;
            }
        }

        return 0;
    }

    /// <summary>The numbers 0 to <paramref name="count"/> − 1 in random order.</summary>
    public int[] Permutation(int count)
    {
        var numbers = new int[count];
        for (var i = 0; i < count; i++)
        {
            numbers[i] = i;
        }

        for (var i = count - 1; i > 0; i--)
        {
            var j = Below(i + 1);
            (numbers[i], numbers[j]) = (numbers[j], numbers[i]);
        }

        return numbers;
    }

    // Two numbers of 32 bits come from one of 64, the lower half first.
    private uint Next32()
    {
        if (held is { } high)
        {
            held = null;
            return high;
        }

        var bits = Next64();
        held = (uint)(bits >> 32);
        return (uint)bits;
    }

    private static ulong[] SeedWords(ReadOnlySpan<uint> seed)
    {
        var pool = Mixed(seed);
        var words = new ulong[PoolSize];
        var constant = 0x8B51F9DDu;
        for (var i = 0; i < 2 * PoolSize; i++)
        {
            var value = pool[i % PoolSize] ^ constant;
            constant *= 0x58F38DEDu;
            value *= constant;
            value ^= value >> 16;
            words[i / 2] |= (ulong)value << (32 * (i % 2));
        }

        return words;
    }

    private static uint[] Mixed(ReadOnlySpan<uint> seed)
    {
        var pool = new uint[PoolSize];
        var constant = 0x43B0D7E5u;
        for (var i = 0; i < PoolSize; i++)
        {
            pool[i] = Hash(i < seed.Length ? seed[i] : 0, ref constant);
        }

        for (var source = 0; source < Math.Max(PoolSize, seed.Length); source++)
        {
            for (var target = 0; target < PoolSize; target++)
            {
                if (source != target)
                {
                    var hashed = Hash(source < PoolSize ? pool[source] : seed[source], ref constant);
                    var mixed = (pool[target] * 0xCA01F9DDu) - (hashed * 0x4973F715u);
                    pool[target] = mixed ^ (mixed >> 16);
                }
            }
        }

        return pool;
    }

    private static uint Hash(uint value, ref uint constant)
    {
        value ^= constant;
        constant *= 0x931E8875u;
        value *= constant;
        return value ^ (value >> 16);
    }
}
