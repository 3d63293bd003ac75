using Luthier.Tensors;

namespace Luthier.Models;

/// <summary>Pseudo-random numbers that depend on the seed alone (SplitMix64), for new weights and for sampling.</summary>
public sealed class SeededGenerator(ulong seed)
{
    private ulong state = seed;

    /// <summary>Uniform in [0, 1) with 53 bits.</summary>
    public double NextUniform()
    {
        unchecked
        {
            state += 0x9E3779B97F4A7C15UL;
            var z = state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
        }
    }

    /// <summary>Fills a float32 tensor with a normal distribution around 0.</summary>
    public void FillNormal(Tensor tensor, double deviation)
    {
        for (var row = 0; row < tensor.Rows; row++)
        {
            var values = RowOf(tensor, row);
            for (var i = 0; i < values.Length; i += 2)
            {
                // Box-Muller: one pair of uniform numbers gives one pair of normal ones.
                var radius = deviation * Math.Sqrt(-2 * Math.Log(1 - NextUniform()));
                var (sin, cos) = Math.SinCos(2 * Math.PI * NextUniform());
                values[i] = (float)(radius * cos);
                if (i + 1 < values.Length)
                {
                    values[i + 1] = (float)(radius * sin);
                }
            }
        }
    }

    /// <summary>Fills a float32 tensor uniformly from −bound to bound.</summary>
    public void FillUniform(Tensor tensor, double bound)
    {
        for (var row = 0; row < tensor.Rows; row++)
        {
            foreach (ref var value in RowOf(tensor, row))
            {
                value = (float)(((2 * NextUniform()) - 1) * bound);
            }
        }
    }

    private static unsafe Span<float> RowOf(Tensor tensor, int row) =>
        new(tensor.Float32 + ((long)row * tensor.Columns), tensor.Columns);
}
