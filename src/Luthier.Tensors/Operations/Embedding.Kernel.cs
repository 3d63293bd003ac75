using Luthier.Tensors.Vectors;

namespace Luthier.Tensors.Operations;

public static unsafe partial class Embedding
{
    /// <summary>dTable[ids[i]] += scale · dY[i] for columns start .. end of as many as the table has.</summary>
    internal static void Backward(
        ReadOnlySpan<int> ids,
        float* dY,
        float* dTable,
        int start,
        int end,
        int columns,
        float scale
    )
    {
        for (var row = 0; row < ids.Length; row++)
        {
            var source = dY + ((long)row * columns);
            var target = dTable + ((long)ids[row] * columns);
            Lanes.Copy(source + start, target + start, end - start, scale, accumulate: true);
        }
    }
}
