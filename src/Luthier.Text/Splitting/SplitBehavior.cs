namespace Luthier.Text.Splitting;

/// <summary>What becomes of a match (the delimiter) when text is split at it.</summary>
internal enum SplitBehavior
{
    /// <summary>Matches are dropped.</summary>
    Removed,

    /// <summary>Each match is a part of its own.</summary>
    Isolated,

    /// <summary>A match ends the part before it.</summary>
    MergedWithPrevious,

    /// <summary>A match begins the part after it.</summary>
    MergedWithNext,

    /// <summary>As Isolated, but matches that touch are one part.</summary>
    Contiguous,
}
