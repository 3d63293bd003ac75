namespace Luthier.Text.Unigram;

/// <summary>What a <see cref="UnigramModel"/> is made of.</summary>
internal sealed class UnigramOptions
{
    public required Vocabulary Vocabulary { get; init; }

    /// <summary>The pieces that may cover text, with their log probabilities.</summary>
    public required IReadOnlyList<UnigramPiece> Pieces { get; init; }

    /// <summary>The score below which that of unknown characters lies; by default the least of the pieces.</summary>
    public double? MinimumScore { get; init; }

    /// <summary>The id of what no piece covers; null drops it.</summary>
    public int? UnknownId { get; init; }

    /// <summary>The ids of the 256 byte tokens that spell what no piece covers, or null.</summary>
    public int[]? ByteIds { get; init; }

    /// <summary>Sums are kept in float32, as SentencePiece does.</summary>
    public bool SinglePrecision { get; init; }
}

/// <summary>A piece of a unigram model.</summary>
internal readonly record struct UnigramPiece(string Text, int Id, double Score);
