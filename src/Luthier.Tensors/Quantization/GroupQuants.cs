namespace Luthier.Tensors.Quantization;

/// <summary>What quantizing to Q4_K and to Q5_K has in common.</summary>
internal static unsafe class GroupQuants
{
    private const int Group = 32;

    /// <summary>
    /// 1. Scale and minimum of each group by <see cref="ScaleSearch.Affine"/>. 2. Writes the block's head. 3. Quants by
    /// the scales as they were rounded in the head, so that its error is not added to theirs.
    /// </summary>
    /// <param name="quants">256 quants 0 .. largest, one a byte.</param>
    public static void Find(float* values, byte* head, byte* quants, int largest, float firstTrial, int trials)
    {
        // 1.
        Span<float> scales = stackalloc float[SixBitScales.Groups];
        Span<float> minima = stackalloc float[SixBitScales.Groups];
        for (var group = 0; group < SixBitScales.Groups; group++)
        {
            var (scale, minimum) = ScaleSearch.Affine(values + (group * Group), largest, firstTrial, trials);
            (scales[group], minima[group]) = (scale, -minimum);
        }

        // 2.
        SixBitScales.Write(head, scales, minima);

        // 3.
        for (var group = 0; group < SixBitScales.Groups; group++)
        {
            var (scale, minimum) = SixBitScales.Read(head, group);
            for (var i = group * Group; i < (group + 1) * Group; i++)
            {
                var quant = scale == 0 ? 0 : (int)MathF.Round((values[i] + minimum) / scale);
                quants[i] = (byte)Math.Clamp(quant, 0, largest);
            }
        }
    }
}
