namespace Luthier.Tensors.Operations;

public static unsafe partial class LayerNorm
{
    /// <summary>Slow and obvious: see <see cref="Devices.Device.LayerNorm"/>.</summary>
    internal static void Reference(Tensor x, Tensor weight, Tensor? bias, Tensor y, Tensor? statistics, float epsilon)
    {
        var w = Conversion.ToArray(weight);
        var b = bias is null ? new float[w.Length] : Conversion.ToArray(bias);
        var d = w.Length;
        for (var n = 0; n < x.Rows; n++)
        {
            var row = x.Float32 + ((long)n * d);
            var mean = 0.0;
            for (var i = 0; i < d; i++)
            {
                mean += (double)row[i] / d;
            }

            var variance = 0.0;
            for (var i = 0; i < d; i++)
            {
                variance += (row[i] - mean) * (row[i] - mean) / d;
            }

            var inverse = 1 / Math.Sqrt(variance + epsilon);
            for (var i = 0; i < d; i++)
            {
                y.Float32[((long)n * d) + i] = (float)(((row[i] - mean) * inverse * w[i]) + b[i]);
            }

            if (statistics is not null)
            {
                statistics.Float32[2 * n] = (float)mean;
                statistics.Float32[(2 * n) + 1] = (float)inverse;
            }
        }
    }

    /// <summary>Slow and obvious: see <see cref="Devices.Device.LayerNormBackward"/>.</summary>
    internal static void ReferenceBackward(
        Tensor dY,
        Tensor x,
        Tensor weight,
        Tensor statistics,
        Tensor? dX,
        bool accumulate,
        Tensor? dWeight,
        Tensor? dBias
    )
    {
        var w = Conversion.ToArray(weight);
        var d = w.Length;
        var weightSums = new double[d];
        var biasSums = new double[d];
        for (var n = 0; n < x.Rows; n++)
        {
            var row = x.Float32 + ((long)n * d);
            var dRow = dY.Float32 + ((long)n * d);
            double mean = statistics.Float32[2 * n];
            double inverse = statistics.Float32[(2 * n) + 1];

            // With h = (x − mean) · inverse: dX = inverse · (dH − mean(dH) − h · mean(dH · h)).
            double meanGradient = 0;
            double meanProduct = 0;
            for (var i = 0; i < d; i++)
            {
                var normalised = (row[i] - mean) * inverse;
                meanGradient += (double)dRow[i] * w[i] / d;
                meanProduct += (double)dRow[i] * w[i] * normalised / d;
                weightSums[i] += dRow[i] * normalised;
                biasSums[i] += dRow[i];
            }

            for (var i = 0; i < d && dX is not null; i++)
            {
                var normalised = (row[i] - mean) * inverse;
                var gradient = inverse * (((double)dRow[i] * w[i]) - meanGradient - (normalised * meanProduct));
                ref var target = ref dX.Float32[((long)n * d) + i];
                target = accumulate ? target + (float)gradient : (float)gradient;
            }
        }

        for (var i = 0; i < d; i++)
        {
            if (dWeight is not null)
            {
                dWeight.Float32[i] += (float)weightSums[i];
            }

            if (dBias is not null)
            {
                dBias.Float32[i] += (float)biasSums[i];
            }
        }
    }
}
