using Luthier.Tensors;

namespace Luthier.Models.Adapters;

/// <summary>
/// A low-rank update of a weight. With a magnitude (DoRA) the module computes with a weight made of both, otherwise with
/// the two side by side.
/// </summary>
/// <param name="original">The module's weight.</param>
/// <param name="magnitude">With DoRA, otherwise null.</param>
/// <param name="storedBase">The weight that the adapter file brings along, or null.</param>
internal abstract class LowRankPart(Tensor original, Tensor? magnitude, Tensor? storedBase) : AdapterPart
{
    public sealed override bool ChangesNothing =>
        HasNoUpdate && (Magnitude is null || MagnitudeOf(Source).AsFloats().SequenceEqual(Magnitude.AsFloats()));

    public sealed override bool IsTrainable => Magnitude is null;

    /// <summary>The weight that is updated.</summary>
    protected Tensor Source { get; } = storedBase ?? original;

    protected Tensor? Magnitude { get; } = magnitude;

    /// <summary>Whether the adapter file has base weights of its own.</summary>
    protected bool BringsBase => !ReferenceEquals(Source, original);

    /// <summary>Whether the product of the two factors is zero.</summary>
    protected abstract bool HasNoUpdate { get; }

    /// <summary>Name of the weight in the model.</summary>
    protected abstract string WeightName { get; }

    public sealed override void Attach() =>
        Set(Magnitude is null ? Source : AsParameter(Effective(), DType.Float32, WeightName), Magnitude is null);

    public sealed override void Detach() => Set(original, updated: false);

    public sealed override void Merge() => Set(AsParameter(Effective(), original.DType, WeightName), updated: false);

    /// <summary>The magnitude with which a weight stays as it is.</summary>
    protected abstract Tensor MagnitudeOf(Tensor weight);

    /// <summary>Lets the module compute with a weight, and with the update beside it or not.</summary>
    protected abstract void Set(Tensor weight, bool updated);

    /// <summary>Weight, update and magnitude in one, in float32.</summary>
    protected abstract Tensor Effective();
}
