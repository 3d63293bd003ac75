using Luthier.Models.Checkpoints;
using Luthier.Models.Configuration;
using Luthier.Tensors;

namespace Luthier.Models.Gguf;

/// <summary>How a weight's values lie in a GGUF file, where that is not as the model has them.</summary>
internal static class WeightLayout
{
    /// <summary>A stored tensor as the model has it: itself where both agree.</summary>
    public static Tensor FromFile(ModelConfig config, string name, Tensor stored) =>
        HeadsOf(config, name) is { } heads && CanReorder(stored, heads) ? HeadRows.Separate(stored, heads)
        : IsShifted(config, name) ? Shifted(stored, -config.NormOffset)
        : stored;

    /// <summary>A parameter as a file has it: itself where both agree.</summary>
    public static Tensor ToFile(ModelConfig config, string name, Tensor tensor) =>
        HeadsOf(config, name) is { } heads ? HeadRows.Interleave(tensor, heads)
        : IsShifted(config, name) ? Shifted(tensor, config.NormOffset)
        : tensor;

    // Only files of Llama's architecture, Mistral's among them, hold rotated pairs side by side.
    private static int? HeadsOf(ModelConfig config, string name) =>
        config.ModelType is not ("llama" or "mistral") ? null
        : name.Contains(".q_proj.", StringComparison.Ordinal) ? config.Heads
        : name.Contains(".k_proj.", StringComparison.Ordinal) ? config.KeyValueHeads
        : null;

    // A tensor of a wrong shape stays as it is: whoever resolves names reports it.
    private static bool CanReorder(Tensor stored, int heads) => stored.Rank > 0 && stored.Shape[0] % (2 * heads) == 0;

    private static bool IsShifted(ModelConfig config, string name) =>
        config.NormOffset != 0 && name.EndsWith("norm.weight", StringComparison.Ordinal);

    private static Tensor Shifted(Tensor tensor, float offset)
    {
        var shifted = Tensor.Create(DType.Float32, tensor.Shape);
        Conversion.Copy(tensor, shifted);
        foreach (ref var value in shifted.AsFloats())
        {
            value += offset;
        }

        return shifted;
    }
}
