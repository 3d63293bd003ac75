using Luthier.Tensors.Autograd;

namespace Luthier.Tensors.Operations;

/// <summary>Zeroes elements with a probability and scales the others up, while the tape is training.</summary>
public static partial class Dropout
{
    public static Tensor Apply(Tape tape, Tensor x, float probability)
    {
        if (!tape.Training || probability <= 0)
        {
            return x;
        }

        var seed = tape.NextDropoutSeed();
        var y = tape.New(x.Shape);
        var first = tape.FirstRow * x.Columns;
        tape.Device.Dropout(x, y, probability, seed, accumulate: false, first);
        y.NeedsGradient = tape.Recording && x.NeedsGradient;
        if (y.NeedsGradient)
        {
            tape.Record(
                y,
                () =>
                    tape.Device.Dropout(
                        y.Gradient!,
                        tape.GradientOf(x, out var accumulate),
                        probability,
                        seed,
                        accumulate,
                        first
                    )
            );
        }

        return y;
    }
}
