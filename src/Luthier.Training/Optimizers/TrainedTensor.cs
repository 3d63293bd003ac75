using Luthier.Tensors;

namespace Luthier.Training.Optimizers;

/// <summary>A tensor that is trained.</summary>
/// <param name="Name">Its name in files.</param>
/// <param name="Tensor">float32, in memory of its own.</param>
internal sealed record TrainedTensor(string Name, Tensor Tensor)
{
    /// <summary>
    /// Whether weight decay applies: to matrices, not to norm weights and biases, as in the Transformers trainer.
    /// </summary>
    public bool Decays => Tensor.Rank > 1;
}
