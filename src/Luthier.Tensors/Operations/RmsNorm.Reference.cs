namespace Luthier.Tensors.Operations;

public static unsafe partial class RmsNorm
{
    /// <summary>Slow and obvious: see <see cref="Devices.Device.RmsNorm"/>.</summary>
    internal static void Reference(Tensor x, Tensor weight, Tensor y, Tensor? inverseRms, float epsilon, float offset)
    {
        var w = Conversion.ToArray(weight);
        var d = w.Length;
        for (long group = 0; group < x.Count / d; group++)
        {
            var row = x.Float32 + (group * d);
            var sum = 0.0;
            for (var i = 0; i < d; i++)
            {
                sum += (double)row[i] * row[i];
            }

            var inverse = 1 / Math.Sqrt((sum / d) + epsilon);
            for (var i = 0; i < d; i++)
            {
                y.Float32[(group * d) + i] = (float)(row[i] * inverse * ((double)offset + w[i]));
            }

            if (inverseRms is not null)
            {
                inverseRms.Float32[group] = (float)inverse;
            }
        }
    }

    /// <summary>Slow and obvious: see <see cref="Devices.Device.RmsNormBackward"/>.</summary>
    internal static void ReferenceBackward(
        Tensor dY,
        Tensor x,
        Tensor weight,
        Tensor inverseRms,
        float offset,
        Tensor? dX,
        bool accumulate,
        Tensor? dWeight
    )
    {
        var w = Conversion.ToArray(weight);
        var d = w.Length;
        var sums = new double[d];
        for (long group = 0; group < x.Count / d; group++)
        {
            var row = x.Float32 + (group * d);
            var dRow = dY.Float32 + (group * d);
            double inverse = inverseRms.Float32[group];

            // With n = x · inverse: dX = inverse · (dN − n · mean(dN · n)).
            var mean = 0.0;
            for (var i = 0; i < d; i++)
            {
                var normalised = row[i] * inverse;
                mean += dRow[i] * ((double)offset + w[i]) * normalised / d;
                sums[i] += dRow[i] * normalised;
            }

            for (var i = 0; i < d && dX is not null; i++)
            {
                var dNormalised = dRow[i] * ((double)offset + w[i]);
                var gradient = (float)(inverse * (dNormalised - (row[i] * inverse * mean)));
                ref var target = ref dX.Float32[(group * d) + i];
                target = accumulate ? target + gradient : gradient;
            }
        }

        for (var i = 0; i < d && dWeight is not null; i++)
        {
            dWeight.Float32[i] += (float)sums[i];
        }
    }
}
