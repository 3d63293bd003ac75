namespace Luthier.Tensors.Operations;

/// <summary>Small operations on whole tensors; the references are slow and obvious: see <see cref="Devices.Device"/>.</summary>
internal static unsafe partial class Elementwise
{
    internal static void AddBiasReference(Tensor y, Tensor bias)
    {
        var b = Conversion.ToArray(bias);
        for (long i = 0; i < y.Count; i++)
        {
            y.Float32[i] += b[i % b.Length];
        }
    }

    internal static void SumRowsReference(Tensor x, Tensor sum, bool accumulate)
    {
        for (var column = 0; column < x.Columns; column++)
        {
            var total = accumulate ? (double)sum.Float32[column] : 0;
            for (var row = 0; row < x.Rows; row++)
            {
                total += x.Float32[((long)row * x.Columns) + column];
            }

            sum.Float32[column] = (float)total;
        }
    }

    internal static void AddReference(Tensor x, Tensor y, bool accumulate)
    {
        for (long i = 0; i < x.Count; i++)
        {
            y.Float32[i] = accumulate ? y.Float32[i] + x.Float32[i] : x.Float32[i];
        }
    }

    internal static void ScaleReference(Tensor x, float factor)
    {
        for (long i = 0; i < x.Count; i++)
        {
            x.Float32[i] *= factor;
        }
    }

    internal static void SoftcapReference(Tensor x, float cap)
    {
        for (long i = 0; i < x.Count; i++)
        {
            x.Float32[i] = (float)(cap * Math.Tanh((double)x.Float32[i] / cap));
        }
    }

    internal static double SumOfSquaresReference(Tensor x)
    {
        var sum = 0.0;
        for (long i = 0; i < x.Count; i++)
        {
            sum += (double)x.Float32[i] * x.Float32[i];
        }

        return sum;
    }
}
