namespace Luthier.Cli.Bench;

/// <summary>How one request went, in seconds.</summary>
internal sealed class RequestTimes
{
    /// <summary>Tokens of the prompt as the server counted them, else as planned.</summary>
    public int InputTokens { get; set; }

    /// <summary>Tokens of the answer as the server counted them, else its parts.</summary>
    public int OutputTokens { get; set; }

    /// <summary>From sending to the first part of the answer.</summary>
    public double FirstToken { get; set; }

    /// <summary>From sending to the end.</summary>
    public double EndToEnd { get; set; }

    /// <summary>Between the parts of the answer.</summary>
    public List<float> InterToken { get; } = [];

    /// <summary>What went wrong; null where nothing did.</summary>
    public string? Error { get; set; }

    /// <summary>Mean time of a token after the first; 0 where there is only one.</summary>
    public double PerOutputToken => OutputTokens > 1 ? (EndToEnd - FirstToken) / (OutputTokens - 1) : 0;
}
