using Luthier.Models.Transformers;
using Luthier.Tensors;

namespace Luthier.Models.Adapters;

/// <summary>A parameter that the adapter has a whole copy of: a module to save, or a trained bias.</summary>
/// <param name="model">The model.</param>
/// <param name="parameter">Name of the parameter in the model.</param>
/// <param name="storedName">Its name in an adapter file, without the prefix.</param>
/// <param name="replacement">The adapter's float32 values.</param>
internal sealed class ReplacedTensor(Transformer model, string parameter, string storedName, Tensor replacement)
    : AdapterPart
{
    private readonly Tensor original = model[parameter];

    public override IEnumerable<(string Name, Tensor Tensor)> Parameters => [(storedName, replacement)];

    public override bool ChangesNothing => Widened(original).AsFloats().SequenceEqual(replacement.AsFloats());

    public override void Attach() => model[parameter] = replacement;

    public override void Detach() => model[parameter] = original;

    public override void Merge() => model[parameter] = AsParameter(replacement, original.DType, parameter);
}
