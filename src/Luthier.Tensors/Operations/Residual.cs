using Luthier.Tensors.Autograd;

namespace Luthier.Tensors.Operations;

/// <summary>The sum of a residual stream and what a block adds to it.</summary>
public static class Residual
{
    /// <summary>delta += x in place; returns delta. Nothing else may need the old values of delta.</summary>
    public static Tensor Apply(Tape tape, Tensor x, Tensor delta)
    {
        if (x.Count != delta.Count)
        {
            throw new ArgumentException($"residual: {x.Describe()} and {delta.Describe()} differ");
        }

        tape.Device.Add(x, delta, accumulate: true);
        if (x.NeedsGradient && tape.Recording)
        {
            Record(tape, x, delta);
        }

        delta.NeedsGradient |= tape.Recording && x.NeedsGradient;
        return delta;
    }

    private static void Record(Tape tape, Tensor x, Tensor delta) =>
        tape.Record(
            output: null,
            () =>
            {
                if (delta.Gradient is not null)
                {
                    tape.PassGradient(delta.Gradient, x);
                }
            }
        );
}
