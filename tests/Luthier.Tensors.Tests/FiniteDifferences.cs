using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;

namespace Luthier.Tensors.Tests;

/// <summary>Holds gradients that the tape computes against differences of the function itself.</summary>
internal static class FiniteDifferences
{
    private const float Step = 1f / 32;

    /// <summary>
    /// Checks the gradients of Σ function(...) · fixed random factors with respect to the tensors, which the function
    /// reads and which are trained for the occasion.
    /// </summary>
    public static void Check(
        Func<Tape, Tensor> function,
        Tensor[] tensors,
        double tolerance = 3e-4,
        Device? device = null,
        bool training = false
    )
    {
        using var own = device is null ? new ReferenceDevice() : null;
        using var tape = new Tape(device ?? own!) { Training = training };
        foreach (var tensor in tensors)
        {
            tensor.NeedsGradient = true;
            tensor.IsParameter = true;
            tensor.Gradient = null;
        }

        tape.Reset(seed: 7);
        tape.Recording = true;
        var y = function(tape);
        var factors = Sample.Normal(99, y.Shape);
        y.NeedsGradient.ShouldBeTrue();
        var gradient = tape.GradientOf(y, out _);
        factors.Values().CopyTo(gradient.AsFloats());
        tape.Backward();
        tape.Recording = false;
        for (var i = 0; i < tensors.Length; i++)
        {
            tensors[i].Gradient.ShouldNotBeNull($"no gradient for tensor {i}");
            CheckElements(Loss, tensors[i], tensors[i].Gradient!.Values(), tolerance, i);
        }

        double Loss()
        {
            tape.Reset(seed: 7);
            var values = function(tape).AsFloats();
            var sum = 0.0;
            for (var i = 0; i < values.Length; i++)
            {
                sum += (double)values[i] * factors.AsFloats()[i];
            }

            return sum;
        }
    }

    /// <summary>Checks a gradient of a loss with respect to every element of a tensor.</summary>
    public static void CheckElements(
        Func<double> loss,
        Tensor tensor,
        float[] gradient,
        double tolerance,
        int which = 0
    )
    {
        for (var i = 0; i < gradient.Length; i++)
        {
            var expected = Derivative(loss, ref tensor.AsFloats()[i]);
            if (!(Math.Abs(gradient[i] - expected) <= tolerance * (1 + Math.Abs(expected))))
            {
                Assert.Fail($"tensor {which}: gradient {i} is {gradient[i]:R}, the function's slope is {expected:R}");
            }
        }
    }

    // By five points: the error is of the fourth order of the step.
    private static double Derivative(Func<double> loss, ref float value)
    {
        var old = value;
        value = old + Step;
        var right = loss();
        value = old - Step;
        var left = loss();
        value = old + (2 * Step);
        var farRight = loss();
        value = old - (2 * Step);
        var farLeft = loss();
        value = old;
        return ((8 * (right - left)) - (farRight - farLeft)) / (12 * Step);
    }
}
