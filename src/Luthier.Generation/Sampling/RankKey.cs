namespace Luthier.Generation.Sampling;

/// <summary>
/// A value and its index in one number; sorted, such numbers go from the largest value down, and of equal values from the
/// first on.
/// </summary>
internal static class RankKey
{
    public static ulong Of(float value, int index) => ((ulong)~OrderOf(value) << 32) | (uint)index;

    public static int IndexOf(ulong key) => (int)(uint)key;

    public static float ValueOf(ulong key) => ValueAt(~(uint)(key >> 32));

    /// <summary>A number that is larger for a larger value.</summary>
    public static uint OrderOf(float value)
    {
        // Negative numbers have their bits in reverse order.
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & 0x8000_0000) == 0 ? bits | 0x8000_0000 : ~bits;
    }

    /// <summary>The value of an order.</summary>
    public static float ValueAt(uint order) =>
        BitConverter.UInt32BitsToSingle((order & 0x8000_0000) == 0 ? ~order : order & 0x7FFF_FFFF);
}
