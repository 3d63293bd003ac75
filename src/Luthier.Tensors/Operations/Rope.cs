using Luthier.Tensors.Autograd;

namespace Luthier.Tensors.Operations;

/// <summary>Rotary position embedding, in place.</summary>
public static partial class Rope
{
    /// <param name="x">[n, heads · d]; rotated in place, so nothing else may need its old values.</param>
    /// <param name="cos">[n, d/2].</param>
    /// <param name="sin">[n, d/2].</param>
    public static void Apply(Tape tape, Tensor x, Tensor cos, Tensor sin)
    {
        if (cos.Rows != x.Rows || x.Columns % (2 * cos.Columns) != 0)
        {
            throw new ArgumentException($"rope: angles {cos.Describe()} do not fit {x.Describe()}");
        }

        tape.Device.Rope(x, cos, sin, inverse: false);
        if (x.NeedsGradient && tape.Recording)
        {
            Record(tape, x, cos, sin);
        }
    }

    private static void Record(Tape tape, Tensor x, Tensor cos, Tensor sin) =>
        tape.Record(
            output: null,
            () =>
            {
                if (x.Gradient is not null)
                {
                    // Asked of the tape, because another tensor may share the gradient.
                    tape.Device.Rope(tape.GradientOf(x, out _), cos, sin, inverse: true);
                }
            }
        );
}
