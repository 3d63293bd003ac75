namespace Luthier.Generation.Constraints.Expressions;

/// <summary>Sequences of byte ranges that are the UTF-8 of a range of characters.</summary>
internal static class Utf8Ranges
{
    // The last character of one byte, of two, of three and of four.
    private static readonly int[] LastOfLength = [0x7F, 0x7FF, 0xFFFF, 0x10FFFF];

    /// <summary>Splits a range without surrogates.</summary>
    public static IEnumerable<(byte Low, byte High)[]> Of(int start, int end)
    {
        foreach (var last in LastOfLength)
        {
            if (start <= end && start <= last)
            {
                foreach (var ranges in OfOneLength(start, Math.Min(end, last)))
                {
                    yield return ranges;
                }

                start = last + 1;
            }
        }
    }

    /// <summary>
    /// Where the ends differ in more than the last byte that matters, the part before the first whole block of 64, 4,096
    /// or 262,144 characters and the part after the last are split off.
    /// </summary>
    private static IEnumerable<(byte Low, byte High)[]> OfOneLength(int start, int end)
    {
        for (var bits = 6; bits <= 18; bits += 6)
        {
            var mask = (1 << bits) - 1;
            if ((start & ~mask) == (end & ~mask))
            {
                continue;
            }

            if ((start & mask) != 0)
            {
                return OfOneLength(start, start | mask).Concat(OfOneLength((start | mask) + 1, end));
            }

            if ((end & mask) != mask)
            {
                return OfOneLength(start, (end & ~mask) - 1).Concat(OfOneLength(end & ~mask, end));
            }
        }

        Span<byte> low = stackalloc byte[4];
        Span<byte> high = stackalloc byte[4];
        var length = new System.Text.Rune(start).EncodeToUtf8(low);
        new System.Text.Rune(end).EncodeToUtf8(high);
        var ranges = new (byte, byte)[length];
        for (var i = 0; i < length; i++)
        {
            ranges[i] = (low[i], high[i]);
        }

        return [ranges];
    }
}
