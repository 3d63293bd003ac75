namespace Luthier.Generation;

/// <summary>Why a text ended.</summary>
public enum FinishReason
{
    /// <summary>A stop token or a stop string came.</summary>
    Stop = 0,

    /// <summary>It has as many tokens as were asked for, or as the model's context holds.</summary>
    Length,

    /// <summary>The caller cancelled.</summary>
    Cancelled,

    /// <summary>It could not be computed.</summary>
    Error,
}
