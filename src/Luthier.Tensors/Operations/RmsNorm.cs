using Luthier.Tensors.Autograd;

namespace Luthier.Tensors.Operations;

/// <summary>Root-mean-square normalisation over rows, or over heads where the weight is as long as a head.</summary>
public static partial class RmsNorm
{
    /// <param name="x">[n, c·d] for a weight of d elements.</param>
    /// <param name="offset">Added to the weight: 1 for models that store it less one (Gemma).</param>
    public static Tensor Apply(Tape tape, Tensor x, Tensor weight, float epsilon, float offset = 0)
    {
        if (x.Columns % weight.Count != 0)
        {
            throw new ArgumentException($"rms norm: input {x.Describe()} does not fit weight {weight.Describe()}");
        }

        var y = tape.New(x.Shape);
        y.Name = weight.Name;
        y.NeedsGradient = tape.Recording && (x.NeedsGradient || weight.NeedsGradient);
        if (!y.NeedsGradient)
        {
            tape.Device.RmsNorm(x, weight, y, null, epsilon, offset);
            return y;
        }

        Record(tape, x, weight, y, epsilon, offset);
        return y;
    }

    private static void Record(Tape tape, Tensor x, Tensor weight, Tensor y, float epsilon, float offset)
    {
        var inverseRms = tape.New((int)(x.Count / weight.Count));
        tape.Device.RmsNorm(x, weight, y, inverseRms, epsilon, offset);
        tape.Keep(x);
        tape.Record(
            y,
            () =>
            {
                var accumulate = false;
                var dX = x.NeedsGradient ? tape.GradientOf(x, out accumulate) : null;
                var dWeight = weight.NeedsGradient ? tape.GradientToAddTo(weight) : null;
                tape.Device.RmsNormBackward(y.Gradient!, x, weight, inverseRms, offset, dX, accumulate, dWeight);
                tape.Free(inverseRms);
            }
        );
    }
}
