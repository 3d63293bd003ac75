namespace Luthier.Tensors.Operations;

public static unsafe partial class Gated
{
    private const double TanhCubic = 0.044715;
    private static readonly double TanhScale = Math.Sqrt(2 / Math.PI);

    /// <summary>Slow and obvious: see <see cref="Devices.Device.Gated"/>.</summary>
    internal static void Reference(Activation activation, Tensor gate, Tensor? up, Tensor y)
    {
        for (long i = 0; i < gate.Count; i++)
        {
            var activated = Activate(activation, gate.Float32[i], out _);
            y.Float32[i] = (float)(activated * (up is null ? 1 : up.Float32[i]));
        }
    }

    /// <summary>Slow and obvious: see <see cref="Devices.Device.GatedBackward"/>.</summary>
    internal static void ReferenceBackward(
        Activation activation,
        Tensor dY,
        Tensor gate,
        Tensor? up,
        Tensor? dGate,
        Tensor? dUp,
        bool accumulate
    )
    {
        for (long i = 0; i < gate.Count; i++)
        {
            double d = dY.Float32[i];
            var activated = Activate(activation, gate.Float32[i], out var derivative);
            var gateGradient = (float)(d * derivative * (up is null ? 1 : up.Float32[i]));
            var upGradient = (float)(d * activated);
            if (dGate is not null)
            {
                dGate.Float32[i] = accumulate ? dGate.Float32[i] + gateGradient : gateGradient;
            }

            if (dUp is not null)
            {
                dUp.Float32[i] = accumulate ? dUp.Float32[i] + upGradient : upGradient;
            }
        }
    }

    /// <summary>The activation and its derivative at x.</summary>
    internal static double Activate(Activation activation, double x, out double derivative)
    {
        switch (activation)
        {
            case Activation.Silu:
                var sigmoid = 1 / (1 + Math.Exp(-x));
                derivative = sigmoid * (1 + (x * (1 - sigmoid)));
                return x * sigmoid;
            case Activation.GeluTanh:
                var tanh = Math.Tanh(TanhScale * (x + (TanhCubic * x * x * x)));
                derivative =
                    (0.5 * (1 + tanh)) + (0.5 * x * (1 - (tanh * tanh)) * TanhScale * (1 + (3 * TanhCubic * x * x)));
                return 0.5 * x * (1 + tanh);
            case Activation.Gelu:
                var probability = 0.5 * Erfc(-x / Math.Sqrt(2));
                derivative = probability + (x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
                return x * probability;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown activation");
        }
    }

    /// <summary>1 − erf(x) in double, relative error below 1e-12 for |x| up to 20.</summary>
    private static double Erfc(double x)
    {
        var z = Math.Abs(x);
        double result;
        if (z < 2.5)
        {
            // erf's Taylor series with only positive terms: 2/√π · e^(−z²) · Σ 2ⁿ z^(2n+1) / (1·3·…·(2n+1)).
            var term = z;
            var sum = z;
            for (var n = 1; term > sum * 1e-17; n++)
            {
                term *= 2 * z * z / ((2 * n) + 1);
                sum += term;
            }

            result = 1 - (2 / Math.Sqrt(Math.PI) * Math.Exp(-z * z) * sum);
        }
        else
        {
            // The continued fraction of Laplace, evaluated from far inside.
            var fraction = z;
            for (var n = 120; n > 0; n--)
            {
                fraction = z + (n / 2.0 / fraction);
            }

            result = Math.Exp(-z * z) / (Math.Sqrt(Math.PI) * fraction);
        }

        return x < 0 ? 2 - result : result;
    }
}
