namespace Luthier.Tensors.Operations;

public static unsafe partial class Dropout
{
    /// <summary>Slow and obvious: see <see cref="Devices.Device.Dropout"/>.</summary>
    internal static void Reference(
        Tensor x,
        Tensor y,
        float probability,
        ulong seed,
        bool accumulate,
        long firstElement
    )
    {
        var factor = Factor(probability);
        var threshold = Threshold(probability);
        for (long i = 0; i < x.Count; i++)
        {
            var index = firstElement + i;
            var value = Bits(Key(seed, index), (uint)index) >= threshold ? x.Float32[i] * factor : 0;
            y.Float32[i] = accumulate ? y.Float32[i] + value : value;
        }
    }

    /// <summary>What kept elements are multiplied with.</summary>
    internal static float Factor(float probability) => probability >= 1 ? 0 : (float)(1 / (1.0 - probability));

    /// <summary>An element is kept if its random bits are not below this.</summary>
    internal static uint Threshold(float probability) =>
        (uint)Math.Clamp(Math.Round(probability * 4294967296.0), 0, uint.MaxValue);

    /// <summary>
    /// The key of the 2³² elements around one: <see cref="Bits"/> of the key and the low half of an element's index
    /// are its random bits. (The finaliser of SplitMix64.)
    /// </summary>
    internal static ulong Key(ulong seed, long index)
    {
        var z = unchecked(seed + (((ulong)index >> 32) * 0xA0761D6478BD642FUL) + 0x9E3779B97F4A7C15UL);
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
        return z ^ (z >> 31);
    }

    /// <summary>32 random bits from a key and a counter: two multiply-xorshift rounds, keyed before each.</summary>
    internal static uint Bits(ulong key, uint counter)
    {
        var x = unchecked((counter * Multiplier0) + (uint)key);
        x ^= x >> 16;
        x = unchecked(x * Multiplier1) ^ (uint)(key >> 32);
        x ^= x >> 15;
        x = unchecked(x * Multiplier2);
        return x ^ (x >> 15);
    }

    internal const uint Multiplier0 = 0x9E3779B1;
    internal const uint Multiplier1 = 0x21F0AAAD;
    internal const uint Multiplier2 = 0x735A2D97;
}
