namespace Luthier.Training.Schedules;

/// <summary>Course of the learning rate, by the names of Transformers.</summary>
public enum ScheduleKind
{
    /// <summary>Warm-up, then down to 0 in a line.</summary>
    Linear = 0,

    /// <summary>Warm-up, then half a cosine down to 0.</summary>
    Cosine,

    /// <summary>Warm-up, then a cosine that starts anew; with its one cycle it falls to 0 and ends there.</summary>
    CosineWithRestarts,

    /// <summary>Warm-up, then a line down to 1e-7.</summary>
    Polynomial,

    /// <summary>The same from the first step on; there is no warm-up.</summary>
    Constant,

    /// <summary>Warm-up, then constant.</summary>
    ConstantWithWarmup,

    /// <summary>Warm-up, then down as one over the root of the step.</summary>
    InverseSqrt,
}
