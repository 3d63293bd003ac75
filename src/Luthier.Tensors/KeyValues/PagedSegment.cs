namespace Luthier.Tensors.KeyValues;

/// <summary>
/// The tokens of one sequence in a step: rows QueryStart .. QueryStart + QueryCount of queries, keys and values, which
/// are the last of the sequence's KeyCount tokens. The sequence's blocks, first tokens first, begin at FirstBlock of
/// the step's list of blocks.
/// </summary>
public readonly record struct PagedSegment(int QueryStart, int QueryCount, int KeyCount, int FirstBlock);
