using Luthier.Tensors.Autograd;

namespace Luthier.Tensors.Operations;

/// <summary>A low-rank update of a weight [out, in]: scale · B [out, r] · A [r, in], on an input with dropout.</summary>
public sealed record LoraWeights(Tensor A, Tensor B, float Scale, float Dropout = 0);

/// <summary>y = x · weightᵀ + bias, plus scale · dropout(x) · Aᵀ · Bᵀ where the weight carries LoRA.</summary>
public static class Linear
{
    /// <param name="x">[n, in].</param>
    /// <param name="weight">[out, in], float32, bfloat16 or float16; trained if it needs a gradient.</param>
    /// <param name="bias">[out] or null.</param>
    /// <returns>[n, out].</returns>
    public static Tensor Apply(Tape tape, Tensor x, Tensor weight, Tensor? bias = null, LoraWeights? lora = null)
    {
        if (x.Columns != weight.Columns)
        {
            throw new ArgumentException($"linear: input {x.Describe()} does not fit weight {weight.Describe()}");
        }

        var device = tape.Device;
        var y = tape.New(x.Rows, weight.Rows);
        y.Name = weight.Name;
        device.MatMul(x, false, weight, true, y, precision: tape.Precision);
        if (bias is not null)
        {
            device.AddBias(y, bias);
        }

        var adapted = lora is null ? null : Adapt(tape, x, y, lora);
        y.NeedsGradient =
            tape.Recording
            && (
                x.NeedsGradient
                || weight.NeedsGradient
                || bias is { NeedsGradient: true }
                || lora is { A.NeedsGradient: true } or { B.NeedsGradient: true }
            );
        if (!y.NeedsGradient)
        {
            if (adapted is not null)
            {
                tape.Free(adapted.Reduced);
            }

            return y;
        }

        if (weight.NeedsGradient || lora is { A.NeedsGradient: true })
        {
            tape.Keep(x);
        }

        tape.Record(y, () => Backward(tape, x, weight, bias, y, adapted));
        return y;
    }

    private static Adapted Adapt(Tape tape, Tensor x, Tensor y, LoraWeights lora)
    {
        var device = tape.Device;
        var dropped = tape.Training && lora.Dropout > 0;
        var seed = dropped ? tape.NextDropoutSeed() : 0;
        var input = x;
        if (dropped)
        {
            input = tape.New(x.Shape);
            device.Dropout(x, input, lora.Dropout, seed, accumulate: false, tape.FirstRow * x.Columns);
        }

        var reduced = tape.New(x.Rows, lora.A.Rows);
        device.MatMul(input, false, lora.A, true, reduced);
        device.MatMul(reduced, false, lora.B, true, y, lora.Scale, accumulate: true);
        if (dropped)
        {
            tape.Free(input);
        }

        return new Adapted(lora, reduced, dropped, seed);
    }

    private static void Backward(Tape tape, Tensor x, Tensor weight, Tensor? bias, Tensor y, Adapted? adapted)
    {
        var device = tape.Device;
        var dY = y.Gradient!;
        if (x.NeedsGradient)
        {
            var dX = tape.GradientOf(x, out var accumulate);
            device.MatMul(dY, false, weight, false, dX, accumulate: accumulate, precision: tape.Precision);
        }

        if (weight.NeedsGradient)
        {
            var dW = tape.GradientOf(weight, out var accumulate);
            device.MatMul(dY, true, x, false, dW, accumulate: accumulate, precision: tape.Precision);
        }

        if (bias is { NeedsGradient: true })
        {
            device.SumRows(dY, tape.GradientOf(bias, out var accumulate), accumulate);
        }

        if (adapted is not null)
        {
            BackwardLora(tape, x, dY, adapted);
        }
    }

    private static void BackwardLora(Tape tape, Tensor x, Tensor dY, Adapted adapted)
    {
        var (lora, reduced, dropped, seed) = adapted;
        var device = tape.Device;
        if (lora.B.NeedsGradient)
        {
            var dB = tape.GradientOf(lora.B, out var accumulate);
            device.MatMul(dY, true, reduced, false, dB, lora.Scale, accumulate);
        }

        tape.Free(reduced);
        if (!lora.A.NeedsGradient && !x.NeedsGradient)
        {
            return;
        }

        var dReduced = tape.New(x.Rows, lora.A.Rows);
        device.MatMul(dY, false, lora.B, false, dReduced, lora.Scale);
        var input = dropped ? tape.New(x.Shape) : x;
        if (lora.A.NeedsGradient)
        {
            if (dropped)
            {
                device.Dropout(x, input, lora.Dropout, seed, accumulate: false, tape.FirstRow * x.Columns);
            }

            var dA = tape.GradientOf(lora.A, out var accumulate);
            device.MatMul(dReduced, true, input, false, dA, 1, accumulate);
        }

        if (x.NeedsGradient)
        {
            var dX = tape.GradientOf(x, out var accumulate);
            if (dropped)
            {
                // The dropped input's memory is free to take its gradient.
                device.MatMul(dReduced, false, lora.A, false, input);
                device.Dropout(input, dX, lora.Dropout, seed, accumulate, tape.FirstRow * x.Columns);
            }
            else
            {
                device.MatMul(dReduced, false, lora.A, false, dX, 1, accumulate);
            }
        }

        if (dropped)
        {
            tape.Free(input);
        }

        tape.Free(dReduced);
    }

    private sealed record Adapted(LoraWeights Lora, Tensor Reduced, bool Dropped, ulong Seed);
}
