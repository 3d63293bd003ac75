namespace Luthier.Tensors.Operations;

/// <summary>How a matrix product rounds its operands; sums are always float32.</summary>
public enum MatMulPrecision
{
    Float32 = 0,
    BFloat16,
}

public enum Activation
{
    Silu = 0,

    /// <summary>Gaussian error linear unit by the tanh approximation.</summary>
    GeluTanh,

    /// <summary>Gaussian error linear unit by erf.</summary>
    Gelu,
}

/// <summary>
/// Queries and keys of one sequence: rows of q and of k, v. Query i (from 0) sees keys 0..i + KeyCount − QueryCount,
/// so that with a cache the queries are the last tokens of the sequence.
/// </summary>
public readonly record struct AttentionSegment(int QueryStart, int QueryCount, int KeyStart, int KeyCount);

/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Divides Heads; query head h reads key-value head h / (Heads / KeyValueHeads).</param>
/// <param name="HeadDimension">Elements of one head.</param>
/// <param name="Scale">Multiplies the scores, before soft-capping.</param>
/// <param name="Window">A query sees this many last keys including its own; 0 sees all.</param>
/// <param name="Softcap">Scores become cap · tanh(score / cap); 0 leaves them.</param>
public readonly record struct AttentionOptions(
    int Heads,
    int KeyValueHeads,
    int HeadDimension,
    float Scale,
    int Window = 0,
    float Softcap = 0
);

/// <param name="Step">Counts from 1: the exponent of the bias corrections.</param>
/// <param name="GradientScale">Multiplies the gradient first: clipping.</param>
public readonly record struct AdamWStep(
    double LearningRate,
    double Beta1,
    double Beta2,
    double Epsilon,
    double WeightDecay,
    long Step,
    float GradientScale = 1
);
