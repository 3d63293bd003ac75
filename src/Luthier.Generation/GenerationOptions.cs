using System.Collections.ObjectModel;
using Luthier.Generation.Constraints;
using Luthier.Models.Configuration;

namespace Luthier.Generation;

/// <summary>How a text is continued.</summary>
public sealed record GenerationOptions
{
    private const int MaximumStopStrings = 64;
    private const int MaximumStopLength = 1024;

    /// <summary>At most so many tokens are added; 0 or more.</summary>
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>Divides the logits before a token is drawn; 0 takes the most probable token.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only the most probable tokens that together have this probability are drawn from; 1: all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Only so many most probable tokens are drawn from; 0: all.</summary>
    public int TopK { get; init; }

    /// <summary>Logits of tokens seen before are divided by this where positive, and multiplied where negative; 1: off.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Only tokens of at least this part of the largest probability are drawn from; 0: all.</summary>
    public double MinP { get; init; }

    /// <summary>Subtracted from the logits of new tokens that were drawn before; −2 to 2, 0: off.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Subtracted from the logits of new tokens for each time that they were drawn; −2 to 2, 0: off.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of these tokens; −100 to 100.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = ReadOnlyDictionary<int, float>.Empty;

    /// <summary>Sequences of tokens that never occur among the new tokens.</summary>
    public IReadOnlyList<IReadOnlyList<int>> BadWords { get; init; } = [];

    /// <summary>The only tokens that may be drawn; null: all.</summary>
    public IReadOnlyList<int>? AllowedTokens { get; init; }

    /// <summary>What the text must be, together with an end-of-sequence token once it is complete; null: any text.</summary>
    public CompiledConstraint? Constraint { get; init; }

    /// <summary>Equal seeds draw equal tokens.</summary>
    public ulong Seed { get; init; }

    /// <summary>Tokens that end the text.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Go on after a stop token, up to <see cref="MaxNewTokens"/>.</summary>
    public bool IgnoreStopTokens { get; init; }

    /// <summary>No stop token or stop string ends the text before it has so many tokens; at most <see cref="MaxNewTokens"/>.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>Texts that end the text where they first occur; none is empty.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Whether the stop string that ended the text is part of it.</summary>
    public bool IncludeStopString { get; init; }

    /// <summary>Whether tokens that steer the model rather than spell text are left out of the text.</summary>
    public bool SkipSpecialTokens { get; init; } = true;

    /// <summary>
    /// Besides each token's log-probability, those of so many most probable tokens are reported; null: none is. They are
    /// the model's own: before penalties, masks and temperature.
    /// </summary>
    public int? Logprobs { get; init; }

    /// <summary>What a model's files ask for: greedy unless they say do_sample.</summary>
    public static GenerationOptions Of(GenerationConfig config)
    {
        var defaults = new GenerationOptions();
        return new GenerationOptions
        {
            MaxNewTokens = config.MaxNewTokens ?? defaults.MaxNewTokens,
            Temperature = config.Sample == true ? config.Temperature ?? 1 : 0,
            TopP = config.TopP ?? 1,
            TopK = config.TopK ?? 0,
            RepetitionPenalty = config.RepetitionPenalty ?? 1,
            StopTokens = config.EndOfSequence,
        };
    }

    /// <param name="vocabularySize">Token ids are below it, where it is known.</param>
    /// <exception cref="ArgumentException">Options are out of range: one sentence with all of them.</exception>
    public void Validate(int vocabularySize = int.MaxValue)
    {
        var problems = new OptionProblems();
        problems.Check(MaxNewTokens >= 0, $"max new tokens is {MaxNewTokens}, expected 0 or more");
        problems.Check(
            MinNewTokens >= 0 && MinNewTokens <= Math.Max(MaxNewTokens, 0),
            $"min new tokens is {MinNewTokens}, expected 0 to max new tokens, {MaxNewTokens}"
        );
        problems.Check(
            double.IsFinite(Temperature) && Temperature >= 0,
            $"temperature is {Temperature}, expected a number of 0 or more"
        );
        problems.Check(TopP is > 0 and <= 1, $"top-p is {TopP}, expected more than 0 and at most 1");
        problems.Check(TopK >= 0, $"top-k is {TopK}, expected 0 or more");
        problems.Check(MinP is >= 0 and <= 1, $"min-p is {MinP}, expected 0 to 1");
        problems.Check(
            double.IsFinite(RepetitionPenalty) && RepetitionPenalty > 0,
            $"repetition penalty is {RepetitionPenalty}, expected a number above 0"
        );
        problems.Check(PresencePenalty is >= -2 and <= 2, $"presence penalty is {PresencePenalty}, expected -2 to 2");
        problems.Check(
            FrequencyPenalty is >= -2 and <= 2,
            $"frequency penalty is {FrequencyPenalty}, expected -2 to 2"
        );
        problems.Check(Logprobs is null or >= 0, $"logprobs is {Logprobs}, expected 0 or more");
        CheckStops(problems, vocabularySize);
        CheckTokens(problems, vocabularySize);
        problems.Throw();
    }

    /// <summary>Whether a token ends the text.</summary>
    internal bool Stops(int token) => !IgnoreStopTokens && StopTokens.Contains(token);

    private void CheckStops(OptionProblems problems, int vocabularySize)
    {
        problems.CheckTokens("stop tokens", StopTokens, vocabularySize);
        problems.Check(
            StopStrings.Count <= MaximumStopStrings,
            $"there are {StopStrings.Count} stop strings, expected at most {MaximumStopStrings}"
        );
        problems.Check(
            StopStrings.All(text => text is { Length: > 0 and <= MaximumStopLength }),
            $"a stop string is empty or too long, expected 1 to {MaximumStopLength} characters"
        );
    }

    private void CheckTokens(OptionProblems problems, int vocabularySize)
    {
        problems.CheckTokens("logit biases", LogitBias.Keys, vocabularySize);
        foreach (var (token, bias) in LogitBias)
        {
            problems.Check(
                bias is >= -100 and <= 100,
                $"the logit bias of token {token} is {bias}, expected -100 to 100"
            );
        }

        problems.Check(BadWords.All(word => word.Count > 0), $"a bad word has no tokens, expected at least one");
        problems.CheckTokens("bad words", BadWords.SelectMany(word => word), vocabularySize);
        problems.Check(AllowedTokens is not { Count: 0 }, $"allowed tokens are empty, expected at least one");
        problems.CheckTokens("allowed tokens", AllowedTokens ?? [], vocabularySize);
    }
}
