using Luthier.Models.Transformers;
using Luthier.Tensors;
using Luthier.Tensors.Autograd;
using Luthier.Tensors.Devices;

namespace Luthier.Training.Tuning;

/// <summary>Finds where NaN or infinity first came up, once a loss has it.</summary>
internal static class FiniteCheck
{
    /// <summary>Looks at the weights first, then at what comes out of each layer.</summary>
    public static NotFiniteException OfLoss(int step, ITuningMethod method, Tape tape, Batch batch)
    {
        tape.Reset();
        tape.Recording = false;
        tape.Training = false;
        var weights = method
            .Model.Parameters.Concat(method.Trained.Select(trained => (trained.Name, trained.Tensor)))
            .FirstOrDefault(weight => !IsFinite(tape.Device, weight.Tensor));
        if (weights.Name is { } name)
        {
            return new NotFiniteException(step, name, $"the loss is not a number because {name} holds");
        }

        string? first = null;
        method.Model.Forward(
            tape,
            batch,
            onHiddenState: (layer, hidden) =>
            {
                if (first is null && !IsFinite(tape.Device, hidden))
                {
                    first = NameOf(layer, method.Model.Config.Layers);
                }
            }
        );
        return first is null
            ? new NotFiniteException(step, "loss", "the loss is")
            : new NotFiniteException(step, first, $"the loss is not a number because the output of {first} holds");
    }

    private static string NameOf(int layer, int layers) =>
        layer == 0 ? "model.embed_tokens"
        : layer == layers ? "model.norm"
        : $"model.layers.{layer - 1}";

    private static bool IsFinite(Device device, Tensor tensor)
    {
        if (tensor.DType == DType.Float32)
        {
            return double.IsFinite(device.SumOfSquares(tensor));
        }

        var widened = Tensor.Create(DType.Float32, tensor.Shape);
        Conversion.Copy(tensor, widened);
        return double.IsFinite(device.SumOfSquares(widened));
    }
}
