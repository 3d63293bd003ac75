using Luthier.Tensors.Autograd;

namespace Luthier.Tensors.Operations;

/// <summary>activation(gate) · up: SwiGLU, GeGLU, or the activation alone.</summary>
public static partial class Gated
{
    /// <param name="gate">[n, d].</param>
    /// <param name="up">[n, d], or null for a plain activation.</param>
    public static Tensor Apply(Tape tape, Activation activation, Tensor gate, Tensor? up)
    {
        if (up is not null && up.Count != gate.Count)
        {
            throw new ArgumentException($"gated activation: {gate.Describe()} and {up.Describe()} differ");
        }

        var y = tape.New(gate.Shape);
        tape.Device.Gated(activation, gate, up, y);
        y.NeedsGradient = tape.Recording && (gate.NeedsGradient || up is { NeedsGradient: true });
        if (y.NeedsGradient)
        {
            tape.Keep(gate);
            if (up is not null)
            {
                tape.Keep(up);
            }

            Record(tape, activation, gate, up, y);
        }

        return y;
    }

    private static void Record(Tape tape, Activation activation, Tensor gate, Tensor? up, Tensor y) =>
        tape.Record(y, () => Backward(tape, activation, gate, up, y));

    private static void Backward(Tape tape, Activation activation, Tensor gate, Tensor? up, Tensor y)
    {
        var gateValues = gate.View(gate.Shape);
        var upValues = up?.View(up.Shape);
        var (accumulateGate, accumulateUp) = (false, false);
        var dGate = gate.NeedsGradient ? tape.GradientInPlaceOf(gate, out accumulateGate) : null;
        var dUp = up is { NeedsGradient: true } ? tape.GradientInPlaceOf(up, out accumulateUp) : null;
        var accumulate = Tape.AccumulateAll((dGate, accumulateGate), (dUp, accumulateUp));
        tape.Device.GatedBackward(activation, y.Gradient!, gateValues, upValues, dGate, dUp, accumulate);
    }
}
