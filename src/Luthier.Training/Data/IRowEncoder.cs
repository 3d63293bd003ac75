using Luthier.Formats;

namespace Luthier.Training.Data;

/// <summary>Turns rows into tokens; may be used by several threads at once.</summary>
internal interface IRowEncoder
{
    /// <summary>No, one or several sequences of at least one token.</summary>
    IEnumerable<TokenSequence> Encode(DataRow row);
}

/// <summary>For rows that are tokens already, so that no tokenizer is needed.</summary>
internal sealed class TokenRowEncoder(int cutoffLength) : IRowEncoder
{
    public IEnumerable<TokenSequence> Encode(DataRow row) =>
        row is TokenRow tokens
            ? [Cut(tokens.Sequence, cutoffLength)]
            : throw new InvalidFileException(row.Where, "is not tokenized, and there is no tokenizer (--tokenizer)");

    /// <summary>The first tokens of a sequence that is too long.</summary>
    public static TokenSequence Cut(TokenSequence sequence, int length) =>
        sequence.Length > length ? new TokenSequence(sequence.Ids[..length], sequence.Labels[..length]) : sequence;
}
