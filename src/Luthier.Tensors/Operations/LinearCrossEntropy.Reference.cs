namespace Luthier.Tensors.Operations;

public static unsafe partial class LinearCrossEntropy
{
    /// <summary>Slow and obvious: see <see cref="Devices.Device.LinearCrossEntropy"/>.</summary>
    internal static void Reference(
        Tensor hidden,
        Tensor weight,
        ReadOnlySpan<int> labels,
        float softcap,
        float gradientScale,
        Span<float> losses,
        Tensor? dHidden,
        bool accumulate,
        Tensor? dWeight,
        bool accumulateWeight,
        MatMulPrecision precision
    )
    {
        if (!accumulateWeight)
        {
            dWeight?.Clear();
        }

        var logits = Tensor.Create(DType.Float32, 1, weight.Rows);
        for (var n = 0; n < labels.Length; n++)
        {
            var row = hidden.View(hidden.Rows, hidden.Columns).Slice(n, 1);
            var dRow = dHidden?.View(hidden.Rows, hidden.Columns).Slice(n, 1);
            losses[n] = 0;
            if (labels[n] == Ignored)
            {
                if (!accumulate)
                {
                    dRow?.AsFloats().Clear();
                }

                continue;
            }

            MatMul.Reference(row, false, weight, true, logits, 1, false, precision);
            losses[n] = (float)LossAndGradient(logits.AsFloats(), labels[n], softcap, gradientScale);
            if (dRow is not null)
            {
                MatMul.Reference(logits, false, weight, false, dRow, 1, accumulate, precision);
            }

            if (dWeight is not null)
            {
                MatMul.Reference(logits, true, row, false, dWeight, 1, true, precision);
            }
        }
    }

    // Replaces the logits of one row by their gradient.
    private static double LossAndGradient(Span<float> logits, int label, float softcap, float gradientScale)
    {
        var capped = new double[logits.Length];
        var largest = double.NegativeInfinity;
        for (var i = 0; i < logits.Length; i++)
        {
            capped[i] = softcap > 0 ? softcap * Math.Tanh((double)logits[i] / softcap) : logits[i];
            largest = Math.Max(largest, capped[i]);
        }

        var sum = 0.0;
        foreach (var logit in capped)
        {
            sum += Math.Exp(logit - largest);
        }

        var logSum = largest + Math.Log(sum);
        for (var i = 0; i < logits.Length; i++)
        {
            var slope = softcap > 0 ? 1 - (capped[i] / softcap * (capped[i] / softcap)) : 1;
            logits[i] = (float)(gradientScale * slope * (Math.Exp(capped[i] - logSum) - (i == label ? 1 : 0)));
        }

        return logSum - capped[label];
    }
}
