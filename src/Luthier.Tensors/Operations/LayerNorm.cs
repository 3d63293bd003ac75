using Luthier.Tensors.Autograd;

namespace Luthier.Tensors.Operations;

/// <summary>Layer normalisation over rows.</summary>
public static partial class LayerNorm
{
    /// <param name="x">[n, d].</param>
    public static Tensor Apply(Tape tape, Tensor x, Tensor weight, Tensor? bias, float epsilon)
    {
        if (x.Columns != weight.Count)
        {
            throw new ArgumentException($"layer norm: input {x.Describe()} does not fit weight {weight.Describe()}");
        }

        var y = tape.New(x.Shape);
        y.Name = weight.Name;
        y.NeedsGradient =
            tape.Recording && (x.NeedsGradient || weight.NeedsGradient || bias is { NeedsGradient: true });
        if (!y.NeedsGradient)
        {
            tape.Device.LayerNorm(x, weight, bias, y, null, epsilon);
            return y;
        }

        var statistics = tape.New(x.Rows, 2);
        tape.Device.LayerNorm(x, weight, bias, y, statistics, epsilon);
        tape.Keep(x);
        tape.Record(
            y,
            () =>
            {
                var accumulate = false;
                var dX = x.NeedsGradient ? tape.GradientOf(x, out accumulate) : null;
                var dWeight = weight.NeedsGradient ? tape.GradientToAddTo(weight) : null;
                var dBias = bias is { NeedsGradient: true } ? tape.GradientToAddTo(bias) : null;
                tape.Device.LayerNormBackward(y.Gradient!, x, weight, statistics, dX, accumulate, dWeight, dBias);
                tape.Free(statistics);
            }
        );
        return y;
    }
}
