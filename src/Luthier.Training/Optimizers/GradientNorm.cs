using Luthier.Tensors.Devices;

namespace Luthier.Training.Optimizers;

/// <summary>The global norm of all gradients, and clipping by it as torch.nn.utils.clip_grad_norm_ does.</summary>
internal static class GradientNorm
{
    /// <summary>√Σ g² over all tensors.</summary>
    /// <param name="device">What computes.</param>
    /// <param name="parameters">Tensors, with a gradient or without.</param>
    /// <param name="notFinite">The first tensor whose gradient holds NaN or infinity, or null.</param>
    public static double Of(Device device, IReadOnlyList<TrainedTensor> parameters, out TrainedTensor? notFinite)
    {
        notFinite = null;
        var sum = 0.0;
        foreach (var parameter in parameters)
        {
            if (parameter.Tensor.Gradient is not { } gradient)
            {
                continue;
            }

            var squares = device.SumOfSquares(gradient);
            sum += squares;
            if (!double.IsFinite(squares))
            {
                notFinite ??= parameter;
            }
        }

        return Math.Sqrt(sum);
    }

    /// <summary>What to multiply the gradients with so that their norm is at most <paramref name="maximum"/> (0: 1).</summary>
    public static float ClipScale(double norm, double maximum) =>
        maximum > 0 ? (float)Math.Min(1, maximum / (norm + 1e-6)) : 1;
}
