namespace Luthier.Tensors.Quantization;

/// <summary>
/// The head of Q4_K and Q5_K blocks, 16 bytes: a scale and a scale of minima (float16), then for each of the eight
/// groups of 32 elements a factor of six bits for both. Bytes 0 .. 3 hold the scales of groups 0 .. 3, bytes 4 .. 7
/// their minima, bytes 8 .. 11 the low four bits of groups 4 .. 7, scale below minimum, whose high two bits lie above
/// the six of bytes 0 .. 7.
/// </summary>
internal static unsafe class SixBitScales
{
    public const int Groups = 8;
    public const int Bytes = 16;
    private const int PackedAt = 4;
    private const int Largest = 63;

    /// <summary>Scale and minimum of a group: an element is Scale · quant − Minimum.</summary>
    public static (float Scale, float Minimum) Read(byte* head, int group)
    {
        var (scale, minimum) = Unpack(head + PackedAt, group);
        return (BlockMath.ReadHalf(head) * scale, BlockMath.ReadHalf(head + 2) * minimum);
    }

    /// <summary>Writes the scales and minima (zero or above) of all groups, the largest as exactly as they can be.</summary>
    public static void Write(byte* head, ReadOnlySpan<float> scales, ReadOnlySpan<float> minima)
    {
        var packed = head + PackedAt;
        new Span<byte>(packed, Bytes - PackedAt).Clear();
        var (scaleStep, inverseScale) = Step(scales);
        var (minimumStep, inverseMinimum) = Step(minima);
        BlockMath.WriteHalf(head, scaleStep);
        BlockMath.WriteHalf(head + 2, minimumStep);
        for (var group = 0; group < Groups; group++)
        {
            var scale = Factor(scales[group] * inverseScale);
            var minimum = Factor(minima[group] * inverseMinimum);
            if (group < 4)
            {
                packed[group] = scale;
                packed[group + 4] = minimum;
            }
            else
            {
                packed[group + 4] = (byte)((scale & 0xF) | ((minimum & 0xF) << 4));
                packed[group - 4] |= (byte)((scale >> 4) << 6);
                packed[group] |= (byte)((minimum >> 4) << 6);
            }
        }
    }

    private static (int Scale, int Minimum) Unpack(byte* packed, int group) =>
        group < 4
            ? (packed[group] & Largest, packed[group + 4] & Largest)
            : (
                (packed[group + 4] & 0xF) | ((packed[group - 4] >> 6) << 4),
                (packed[group + 4] >> 4) | ((packed[group] >> 6) << 4)
            );

    private static (float Step, float Inverse) Step(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values)
        {
            largest = MathF.Max(largest, value);
        }

        return (largest / Largest, largest > 0 ? Largest / largest : 0);
    }

    private static byte Factor(float value) => (byte)Math.Clamp((int)MathF.Round(value), 0, Largest);
}
