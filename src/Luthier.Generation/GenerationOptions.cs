using Luthier.Models.Configuration;

namespace Luthier.Generation;

/// <summary>How a text is continued.</summary>
public sealed record GenerationOptions
{
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

    /// <summary>Equal seeds draw equal tokens.</summary>
    public ulong Seed { get; init; }

    /// <summary>Tokens that end the text.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Go on after a stop token, up to <see cref="MaxNewTokens"/>.</summary>
    public bool IgnoreStopTokens { get; init; }

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

    /// <exception cref="ArgumentException">Options are out of range: one sentence with all of them.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        Check(MaxNewTokens >= 0, $"max new tokens is {MaxNewTokens}, expected 0 or more");
        Check(
            double.IsFinite(Temperature) && Temperature >= 0,
            $"temperature is {Temperature}, expected a number of 0 or more"
        );
        Check(TopP is > 0 and <= 1, $"top-p is {TopP}, expected more than 0 and at most 1");
        Check(TopK >= 0, $"top-k is {TopK}, expected 0 or more");
        Check(
            double.IsFinite(RepetitionPenalty) && RepetitionPenalty > 0,
            $"repetition penalty is {RepetitionPenalty}, expected a number above 0"
        );
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", problems));
        }

        void Check(bool holds, string problem)
        {
            if (!holds)
            {
                problems.Add(problem);
            }
        }
    }
}
