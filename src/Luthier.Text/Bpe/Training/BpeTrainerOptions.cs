namespace Luthier.Text.Bpe.Training;

/// <summary>How training text is cut into the words within which bytes are merged.</summary>
public enum BpeSplit
{
    /// <summary>GPT-2's pattern: numbers stay whole, a space goes with the word after it.</summary>
    Gpt2,

    /// <summary>Llama 3's pattern: numbers in groups of up to three digits, line breaks apart from words.</summary>
    Llama3,
}

/// <summary>What <see cref="BpeTrainer"/> is to make.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>Number of tokens at most, with the special tokens and the 256 bytes.</summary>
    public int VocabularySize { get; init; } = 4096;

    /// <summary>Pairs that occur less often are not merged, even if the vocabulary stays smaller; 1 or more.</summary>
    public int MinimumFrequency { get; init; } = 2;

    /// <summary>How text is cut into words.</summary>
    public BpeSplit Split { get; init; } = BpeSplit.Llama3;

    /// <summary>The token put before each text, or null.</summary>
    public string? BosToken { get; init; } = "<s>";

    /// <summary>The token that ends a sequence, or null.</summary>
    public string? EosToken { get; init; } = "</s>";

    /// <summary>The token that fills up short sequences, or null.</summary>
    public string? PadToken { get; init; } = "<pad>";

    /// <summary>More tokens that are never split, for chat formats and the like.</summary>
    public IReadOnlyList<string> AdditionalSpecialTokens { get; init; } = [];

    /// <summary>All special tokens; their places are their ids.</summary>
    internal IReadOnlyList<string> SpecialTokens =>
        [
            .. new[] { PadToken, BosToken, EosToken }
                .OfType<string>()
                .Concat(AdditionalSpecialTokens)
                .Distinct(StringComparer.Ordinal),
        ];

    /// <exception cref="ArgumentException">A value is out of range.</exception>
    internal void Validate()
    {
        var least = SpecialTokens.Count + 256;
        if (VocabularySize < least)
        {
            throw new ArgumentException(
                $"VocabularySize is {VocabularySize}, expected at least {least}: "
                    + $"256 bytes and {SpecialTokens.Count} special tokens"
            );
        }

        if (MinimumFrequency < 1)
        {
            throw new ArgumentException($"MinimumFrequency is {MinimumFrequency}, expected 1 or more");
        }

        if (SpecialTokens.FirstOrDefault(token => token.Length < 2) is { } token)
        {
            throw new ArgumentException($"The special token '{token}' is too short, expected two characters or more");
        }
    }
}
